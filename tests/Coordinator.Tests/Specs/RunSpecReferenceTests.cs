using System.Text;
using System.Text.Json.Nodes;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Tests.Specs;

public sealed class RunSpecReferenceTests
{
    private const string Begin = "<!-- settings: written by RunSpecReferenceTests -->";

    [Fact]
    public void The_guide_lists_every_setting_with_its_range_and_default()
    {
        string file = Path.Combine(Repository.Root, "docs", "run-spec.md");
        string guide = File.ReadAllText(file);
        string current = guide[..(guide.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + "\n" + Tables();
        if (Environment.GetEnvironmentVariable(Repository.UpdateVariable) == "1")
        {
            File.WriteAllText(file, current);
        }

        Assert.True(
            File.ReadAllText(file) == current,
            $"docs/run-spec.md is not what the settings say; run this test with {Repository.UpdateVariable}=1 and review the difference");
    }

    private static string Tables()
    {
        var text = new StringBuilder();
        foreach (SpecSectionSettings section in SpecSections.Named.Prepend(SpecSections.Top))
        {
            text.Append('\n').Append(section.Name.Length == 0 ? "## At the top" : $"## {section.Name}").Append("\n\n").Append(section.Name.Length == 0 ? "" : section.Purpose + "\n\n")
                .Append("| Setting | What it says | Values | Default |\n|---|---|---|---|\n");
            foreach (Setting setting in section.Settings)
            {
                JsonObject schema = setting.Schema();
                text.Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"| `{setting.Name}` | {Cell(setting.Purpose)} | {Cell(setting.Right)} | {Default(schema["default"])} |\n");
            }
        }

        return text.ToString();
    }

    private static string Default(JsonNode? value) =>
        value is null ? "" : $"`{(value is JsonValue scalar ? scalar.ToString() : value.ToJsonString())}`";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);
}
