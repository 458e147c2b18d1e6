#!/bin/bash
# Runs once, when the Postgres volume is new: a database and a role for each service, and none may connect to another's.
set -eu
for service in ingress deals dispatcher; do
  password_name="$(echo "$service" | tr '[:lower:]' '[:upper:]')_DB_PASSWORD"
  psql -v ON_ERROR_STOP=1 -v role="$service" -v password="${!password_name}" --username postgres --dbname postgres <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE CONNECT, TEMPORARY ON DATABASE :"role" FROM PUBLIC;
SQL
done
