using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Sections;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>
/// The JSON schema of run specs (draft 2020-12), made from the same settings that read them. Published as docs/api/run-spec.schema.json.
/// </summary>
/// <remarks>It knows names, types, ranges and defaults; which settings go together only <see cref="RunSpecReader"/> knows.</remarks>
public static class RunSpecSchema
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Create()
    {
        JsonObject schema = Section(SpecSections.Top);
        JsonObject properties = schema["properties"]!.AsObject();
        foreach (SpecSectionSettings section in SpecSections.Named)
        {
            properties[section.Name] = Section(section);
        }

        schema["if"] = new JsonObject
        {
            ["properties"] = new JsonObject { ["task"] = new JsonObject { ["const"] = "lm" } },
            ["required"] = new JsonArray("task"),
        };
        schema["else"] = new JsonObject { ["required"] = new JsonArray("labels") };
        return new JsonObject(
        [
            new("$schema", "https://json-schema.org/draft/2020-12/schema"),
            new("title", "EdgeFlora run spec"),
            .. schema.ToArray().Select(Detached),
        ]);

        KeyValuePair<string, JsonNode?> Detached(KeyValuePair<string, JsonNode?> entry)
        {
            schema.Remove(entry.Key);
            return entry;
        }
    }

    /// <summary>As the published file has it: indented, ended by a line feed.</summary>
    public static string Text() => Create().ToJsonString(Readable).ReplaceLineEndings("\n") + "\n";

    private static JsonObject Section(SpecSectionSettings section) => new()
    {
        ["description"] = section.Purpose,
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject(section.Settings.Select(setting => KeyValuePair.Create(setting.Name, (JsonNode?)setting.Schema()))),
    };
}
