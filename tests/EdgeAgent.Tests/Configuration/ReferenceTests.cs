using System.Text;
using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.EdgeAgent.Tests.Configuration;

/// <summary>docs/agent.md lists the settings as the program has them.</summary>
public sealed class ReferenceTests
{
    private const string Begin = "<!-- settings -->\n";
    private const string End = "<!-- end of settings -->";

    [Fact]
    public void The_page_has_every_setting_with_its_form_default_and_purpose()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "agent.md")).ReplaceLineEndings("\n");
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;

        string listed = page[begin..page.IndexOf(End, StringComparison.Ordinal)];

        Assert.Equal(Table(), listed);
    }

    private static string Table()
    {
        var table = new StringBuilder("| Setting | Must be | Default | What it does |\n|---|---|---|---|\n");
        foreach (Setting setting in AgentSchema.All)
        {
            table.Append(
                $"| `{setting.Key.Replace(":*:", "[]:", StringComparison.Ordinal).Replace(':', '.')}` | {setting.Form.Right} | {setting.Default} | "
                    + $"{setting.Purpose} |\n");
        }

        return table.ToString();
    }
}
