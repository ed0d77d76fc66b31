using System.Text.Json.Nodes;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>
/// Clients that were written for the last release go on working: <c>docs/api/released/openapi.json</c> is its document, replaced when a release is
/// made.
/// </summary>
public sealed class ApiCompatibilityTests
{
    public static TheoryData<string, Action<JsonNode>> Breaks => new()
    {
        { "GET /api/v1/runs/{id}/ledger is gone", document => document["paths"]!.AsObject().Remove("/api/v1/runs/{id}/ledger") },
        { "GET /api/v1/runs: parameter query limit is gone", document => Parameters(document).Remove(Limit(document)) },
        { "GET /api/v1/runs: parameter query limit is required now", document => Limit(document)["required"] = true },
        { "GET /api/v1/runs: operationId was \"ListRuns\" and is \"Runs\"", document => document["paths"]!["/api/v1/runs"]!["get"]!["operationId"] = "Runs" },
        { "GET /api/v1/runs: answer 401 is gone", document => document["paths"]!["/api/v1/runs"]!["get"]!["responses"]!.AsObject().Remove("401") },
        { "schema RunDetail is gone", document => Schemas(document).AsObject().Remove("RunDetail") },
        { "RunSummary.roundsCommitted is gone", document => Schemas(document)["RunSummary"]!["properties"]!.AsObject().Remove("roundsCommitted") },
        { "RunSummary.name: type was \"string\" and is \"integer\"", document => Schemas(document)["RunSummary"]!["properties"]!["name"]!["type"] = "integer" },
        { "RunState: value \"Paused\" is gone", document => Remove(Schemas(document)["RunState"]!["enum"]!, "Paused") },
    };

    [Fact]
    public void Nothing_of_the_last_release_is_gone_or_renamed() => Assert.Empty(ApiDifference.Breaking(Released(), Read("openapi.json")));

    [Theory]
    [MemberData(nameof(Breaks))]
    public void What_would_break_a_client_is_named(string broken, Action<JsonNode> change)
    {
        JsonNode now = Released();
        change(now);

        Assert.Contains(broken, ApiDifference.Breaking(Released(), now));
    }

    [Fact]
    public void What_is_added_breaks_nobody()
    {
        JsonNode now = Released();
        now["paths"]!["/api/v1/new"] = new JsonObject { ["get"] = new JsonObject { ["responses"] = new JsonObject() } };
        Schemas(now)["RunSummary"]!["properties"]!["added"] = new JsonObject { ["type"] = "string" };

        Assert.Empty(ApiDifference.Breaking(Released(), now));
    }

    private static JsonNode Released() => Read(Path.Combine("released", "openapi.json"));

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "api", file)))!;

    private static JsonNode Schemas(JsonNode document) => document["components"]!["schemas"]!;

    private static JsonArray Parameters(JsonNode document) => document["paths"]!["/api/v1/runs"]!["get"]!["parameters"]!.AsArray();

    private static JsonNode Limit(JsonNode document) => Parameters(document).Single(parameter => parameter!["name"]!.GetValue<string>() == "limit")!;

    private static void Remove(JsonNode array, string value) =>
        array.AsArray().Remove(array.AsArray().Single(node => node!.GetValue<string>() == value));
}
