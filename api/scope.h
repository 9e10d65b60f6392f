#ifndef API_SCOPE_H
#define API_SCOPE_H

/* What a site may be accredited for (site_scope in db/schema/030_site.sql). */
#define SCOPES "tre_production|key_injection|terminal_assembly|delegated_ca"

#endif
