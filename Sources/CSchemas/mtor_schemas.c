#include "mtor_schemas.h"

// The files themselves, so that there is no copy that could differ.
static const char manifest[] = {
#embed "../../schemas/manifest.schema.json"
};
static const char config[] = {
#embed "../../schemas/config.schema.json"
};

static const char report[] = {
#embed "../../schemas/report.schema.json"
};
static const char event[] = {
#embed "../../schemas/event.schema.json"
};
static const char plan[] = {
#embed "../../schemas/plan.schema.json"
};

static const char coaching[] = {
#embed "../../schemas/coaching.schema.json"
};

static const char fleet[] = {
#embed "../../schemas/fleet.schema.json"
};

static const struct mtor_schema schemas[] = {
    {"manifest", manifest, sizeof manifest},
    {"config", config, sizeof config},
    {"report", report, sizeof report},
    {"event", event, sizeof event},
    {"plan", plan, sizeof plan},
    {"coaching", coaching, sizeof coaching},
    {"fleet", fleet, sizeof fleet},
};
const struct mtor_schema *mtor_schema_at(unsigned int index) {
    return index < sizeof schemas / sizeof schemas[0] ? &schemas[index] : 0;
}
