-- Programs that prove themselves by a certificate in the TLS handshake (RFC 8705).
alter table api_client add column certificate_name jsonb;
alter table api_client add column certificate_bound boolean not null default false;
