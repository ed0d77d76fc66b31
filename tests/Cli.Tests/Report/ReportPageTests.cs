using System.Text;
using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Tests.Report;

public sealed class ReportPageTests
{
    [Fact]
    public void The_page_is_well_formed_and_asks_the_network_for_nothing()
    {
        string page = Render(Content());

        XElement html = XDocument.Parse(page["<!DOCTYPE html>".Length..]).Root!;
        Assert.Equal("html", html.Name);
        Assert.DoesNotContain("http", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(html.Descendants(), e => e.Name.LocalName is "script" or "link" or "img" or "iframe");
    }

    [Fact]
    public void Every_drawing_says_what_it_shows_and_no_drawing_is_without_figures()
    {
        XElement html = XDocument.Parse(Render(Content())["<!DOCTYPE html>".Length..]).Root!;

        XElement[] drawings = [.. html.Descendants("svg")];
        Assert.Equal(6, drawings.Length);
        Assert.All(drawings, drawing => Assert.NotEmpty(drawing.Attribute("aria-label")!.Value));
        Assert.DoesNotContain("NaN", html.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_reasons_from_agents_are_text_and_not_markup()
    {
        ReportContent content = Content();
        content = content with { Labels = ["<script>alert(1)</script>", "b\u0000&"] };

        string page = Render(content);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        XDocument.Parse(page["<!DOCTYPE html>".Length..]);
    }

    [Fact]
    public void A_run_without_baselines_and_with_a_skipped_round_still_has_its_page()
    {
        ReportContent content = Content();
        RoundResult skipped = content.Result.Rounds[1] with { Accepted = 0, Divergence = null, GlobalAccuracy = null, LocalAccuracyMean = null };
        content = content with
        {
            Result = content.Result with
            {
                LocalOnlyAccuracyMean = null,
                CentralisedAccuracy = null,
                Merges = null,
                Rounds = [content.Result.Rounds[0], skipped],
                Faults = [],
            },
        };

        XDocument.Parse(Render(content)["<!DOCTYPE html>".Length..]);
    }

    private static string Render(ReportContent content) => Encoding.UTF8.GetString(ReportPage.Render(content));

    private static ReportContent Content() => new()
    {
        Result = Given.Result(),
        View = ScriptedRun.Events.Aggregate(RunView.Empty, (view, happened) => view.Apply(happened)),
        Settings = [("strategy", "FloraNA"), ("rank", "8")],
        Labels = ["cryptography", "json"],
        Holdings = [new AgentHolding("a", [100, 20], 0.4), new AgentHolding("b", [0, 80], 0.3), new AgentHolding("c", [50, 0], 0.35)],
    };
}
