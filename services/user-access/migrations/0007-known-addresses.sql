-- Where people have signed in from: there nobody else's guesses can keep them out. Keys are hashes of e-mail and address.
create table known_address (
  pair_key text primary key,
  user_id text not null,
  last_at double precision not null
);
create index known_address_user on known_address (user_id);
