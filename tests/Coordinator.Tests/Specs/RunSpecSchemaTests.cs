using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Reading;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Tests.Specs;

public sealed class RunSpecSchemaTests
{
    [Fact]
    public void The_published_schema_is_what_the_reader_reads()
    {
        string file = Path.Combine(Repository.Root, "docs", "api", "run-spec.schema.json");
        string current = RunSpecSchema.Text();
        if (Environment.GetEnvironmentVariable(Repository.UpdateVariable) == "1")
        {
            File.WriteAllText(file, current);
        }

        Assert.True(
            File.ReadAllText(file) == current,
            $"docs/api/run-spec.schema.json is not what the settings say; run this test with {Repository.UpdateVariable}=1 and review the difference");
    }

    [Fact]
    public void Every_setting_has_its_place_in_the_schema()
    {
        JsonObject schema = RunSpecSchema.Create();

        foreach (Setting setting in SpecSections.Settings)
        {
            JsonNode? node = schema;
            foreach (string part in setting.Path.Split('.'))
            {
                node = node?["properties"]?[part];
            }

            Assert.Equal(setting.Purpose, node?["description"]?.GetValue<string>());
        }
    }
}
