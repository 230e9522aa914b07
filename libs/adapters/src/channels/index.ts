export { mailChannel, type MailOptions, type MailPayload } from './mail';
export { webhookChannel, type ResolvedAddress, type WebhookOptions } from './webhook';
export { signWebhook, verifyWebhook, type ReceivedWebhook } from './webhook-signature';
