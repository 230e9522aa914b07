import {
  Catch,
  Controller,
  Header,
  Inject,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { Api, Call, Refused, statusOf, type ApiAnswer, type ApiCall } from '@quaywatch/runtime';
import { resourceTypes, schemas, serviceProviderConfig } from './scim-discovery';
import { ScimGroups } from './scim-groups';
import { listed, scimNames } from './scim-resources';
import { ScimUsers } from './scim-users';

/** Refusals as SCIM writes them (RFC 7644, 3.12). */
@Catch(Refused)
class ScimRefusal implements ExceptionFilter<Refused> {
  catch({ code, message, errors }: Refused, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{
      status(code: number): { type(mime: string): { send(body: string): void } };
    }>();
    const status = statusOf[code];
    const scimType = errors.find((error) => /^(uniqueness|invalidFilter|invalidValue)$/.test(error.code))?.code;
    const body = {
      schemas: [scimNames.error],
      status: String(status),
      ...(scimType ? { scimType } : {}),
      detail: message,
    };
    response.status(status).type('application/scim+json').send(JSON.stringify(body));
  }
}

const scim = Header('Content-Type', 'application/scim+json; charset=utf-8');

/** API: SCIM 2.0 (RFC 7643, RFC 7644): people and groups kept by the organisation's identity provider. */
@Controller()
@UseFilters(new ScimRefusal())
export class ScimController {
  constructor(
    @Inject(ScimUsers) private readonly users: ScimUsers,
    @Inject(ScimGroups) private readonly groups: ScimGroups,
  ) {}

  @scim
  @Api('scimServiceProviderConfig')
  config(): ApiAnswer<'scimServiceProviderConfig'> {
    return serviceProviderConfig;
  }

  @scim
  @Api('scimResourceTypes')
  types(): ApiAnswer<'scimResourceTypes'> {
    return listed(resourceTypes, {});
  }

  @scim
  @Api('scimSchemas')
  schemas(): ApiAnswer<'scimSchemas'> {
    return listed(schemas, {});
  }

  @scim
  @Api('listScimUsers')
  listUsers(@Call() { principal, query }: ApiCall<'listScimUsers'>): Promise<ApiAnswer<'listScimUsers'>> {
    return this.users.list(principal.org, query);
  }

  @scim
  @Api('createScimUser')
  createUser(@Call() call: ApiCall<'createScimUser'>): Promise<ApiAnswer<'createScimUser'>> {
    return this.users.create(call, call.body);
  }

  @scim
  @Api('getScimUser')
  getUser(@Call() { principal, params }: ApiCall<'getScimUser'>): Promise<ApiAnswer<'getScimUser'>> {
    return this.users.get(principal.org, params['id'] ?? '');
  }

  @scim
  @Api('replaceScimUser')
  replaceUser(@Call() call: ApiCall<'replaceScimUser'>): Promise<ApiAnswer<'replaceScimUser'>> {
    return this.users.replace(call, call.params['id'] ?? '', call.body);
  }

  @scim
  @Api('patchScimUser')
  patchUser(@Call() call: ApiCall<'patchScimUser'>): Promise<ApiAnswer<'patchScimUser'>> {
    return this.users.patch(call, call.params['id'] ?? '', call.body);
  }

  @Api('deleteScimUser')
  async deleteUser(@Call() call: ApiCall<'deleteScimUser'>): Promise<ApiAnswer<'deleteScimUser'>> {
    await this.users.delete(call, call.params['id'] ?? '');
    return {};
  }

  @scim
  @Api('listScimGroups')
  listGroups(@Call() { principal, query }: ApiCall<'listScimGroups'>): Promise<ApiAnswer<'listScimGroups'>> {
    return this.groups.list(principal.org, query);
  }

  @scim
  @Api('createScimGroup')
  createGroup(@Call() call: ApiCall<'createScimGroup'>): Promise<ApiAnswer<'createScimGroup'>> {
    return this.groups.create(call, call.body);
  }

  @scim
  @Api('getScimGroup')
  getGroup(@Call() { principal, params, query }: ApiCall<'getScimGroup'>): Promise<ApiAnswer<'getScimGroup'>> {
    return this.groups.get(principal.org, params['id'] ?? '', query.excludedAttributes);
  }

  @scim
  @Api('replaceScimGroup')
  replaceGroup(@Call() call: ApiCall<'replaceScimGroup'>): Promise<ApiAnswer<'replaceScimGroup'>> {
    return this.groups.replace(call, call.params['id'] ?? '', call.body);
  }

  @scim
  @Api('patchScimGroup')
  patchGroup(@Call() call: ApiCall<'patchScimGroup'>): Promise<ApiAnswer<'patchScimGroup'>> {
    return this.groups.patch(call, call.params['id'] ?? '', call.body);
  }

  @Api('deleteScimGroup')
  async deleteGroup(@Call() call: ApiCall<'deleteScimGroup'>): Promise<ApiAnswer<'deleteScimGroup'>> {
    await this.groups.delete(call, call.params['id'] ?? '');
    return {};
  }
}
