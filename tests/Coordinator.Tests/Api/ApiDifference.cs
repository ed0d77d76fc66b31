using System.Text.Json.Nodes;

namespace EdgeFlora.Coordinator.Tests.Api;

/// <summary>
/// What a client that was written for one OpenAPI document would miss in another. What is only added breaks nobody and is not listed.
/// </summary>
internal static class ApiDifference
{
    public static IReadOnlyList<string> Breaking(JsonNode released, JsonNode now)
    {
        List<string> broken = [];
        JsonObject paths = now["paths"]!.AsObject();
        foreach ((string path, JsonNode? methods) in released["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? operation) in methods!.AsObject())
            {
                string name = $"{method.ToUpperInvariant()} {path}";
                if (paths[path]?[method] is { } kept)
                {
                    Operation(name, operation!, kept, broken);
                }
                else
                {
                    broken.Add($"{name} is gone");
                }
            }
        }

        JsonObject schemas = now["components"]!["schemas"]!.AsObject();
        foreach ((string name, JsonNode? schema) in released["components"]!["schemas"]!.AsObject())
        {
            if (schemas[name] is { } kept)
            {
                Schema(name, schema!, kept, broken);
            }
            else
            {
                broken.Add($"schema {name} is gone");
            }
        }

        return broken;
    }

    private static void Operation(string name, JsonNode before, JsonNode after, List<string> broken)
    {
        if (Text(before["operationId"]) != Text(after["operationId"]))
        {
            broken.Add($"{name}: operationId was {Text(before["operationId"])} and is {Text(after["operationId"])}");
        }

        Dictionary<string, JsonNode> parameters = Parameters(before);
        Dictionary<string, JsonNode> kept = Parameters(after);
        broken.AddRange(parameters.Keys.Except(kept.Keys).Select(gone => $"{name}: parameter {gone} is gone"));
        broken.AddRange(kept.Where(
            parameter => IsRequired(parameter.Value) && !(parameters.TryGetValue(parameter.Key, out JsonNode? earlier) && IsRequired(earlier)))
            .Select(parameter => $"{name}: parameter {parameter.Key} is required now"));
        foreach ((string parameter, JsonNode was) in parameters.Where(parameter => kept.ContainsKey(parameter.Key)))
        {
            Schema($"{name}: parameter {parameter}", was["schema"]!, kept[parameter]["schema"]!, broken);
        }

        if (after["requestBody"] is { } body && IsRequired(body) && !(before["requestBody"] is { } earlierBody && IsRequired(earlierBody)))
        {
            broken.Add($"{name}: a body is required now");
        }

        broken.AddRange(
            Content(before["requestBody"]).Except(Content(after["requestBody"])).Select(gone => $"{name}: a body as {gone} is taken no more"));
        foreach ((string code, JsonNode? response) in before["responses"]!.AsObject())
        {
            if (after["responses"]![code] is not { } answer)
            {
                broken.Add($"{name}: answer {code} is gone");
                continue;
            }

            broken.AddRange(Content(response).Except(Content(answer)).Select(gone => $"{name}: answer {code} as {gone} is gone"));
            foreach (string type in Content(response).Intersect(Content(answer)))
            {
                Schema($"{name}: answer {code}", response!["content"]![type]!["schema"], answer["content"]![type]!["schema"], broken);
            }
        }
    }

    private static void Schema(string name, JsonNode? before, JsonNode? after, List<string> broken)
    {
        if (before is null || after is null)
        {
            return;
        }

        foreach (string fact in (string[])["$ref", "type", "format"])
        {
            if (!JsonNode.DeepEquals(before[fact], after[fact]))
            {
                broken.Add($"{name}: {fact} was {Text(before[fact])} and is {Text(after[fact])}");
            }
        }

        broken.AddRange(Values(before["enum"]).Except(Values(after["enum"])).Select(gone => $"{name}: value {gone} is gone"));
        broken.AddRange(Values(after["required"]).Except(Values(before["required"])).Where(property => before["properties"]?[property] is not null)
            .Select(property => $"{name}: {property} is required now"));
        foreach ((string property, JsonNode? schema) in before["properties"]?.AsObject() ?? [])
        {
            if (after["properties"]?[property] is { } kept)
            {
                Schema($"{name}.{property}", schema!, kept, broken);
            }
            else
            {
                broken.Add($"{name}.{property} is gone");
            }
        }

        Schema($"{name}[]", before["items"], after["items"], broken);
    }

    private static Dictionary<string, JsonNode> Parameters(JsonNode operation) =>
        (operation["parameters"]?.AsArray() ?? []).ToDictionary(
            parameter => $"{parameter!["in"]} {parameter["name"]}",
            parameter => parameter!,
            StringComparer.Ordinal);

    private static bool IsRequired(JsonNode node) => node["required"]?.GetValue<bool>() == true;

    private static IEnumerable<string> Content(JsonNode? node) => node?["content"]?.AsObject().Select(content => content.Key) ?? [];

    private static IEnumerable<string> Values(JsonNode? array) => array?.AsArray().Select(Text) ?? [];

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "absent";
}
