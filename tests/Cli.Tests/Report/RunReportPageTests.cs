using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using EdgeFlora.Cli.Report;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests.Report;

public sealed class RunReportPageTests
{
    [Fact]
    public void The_page_is_well_formed_and_asks_the_network_for_nothing()
    {
        XElement html = Render(Run());

        Assert.DoesNotContain("http", html.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", html.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(html.Descendants(), e => e.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.DoesNotContain("NaN", html.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_figure_of_the_run_has_its_place()
    {
        XElement html = Render(Run());

        Assert.Equal(
            [
                "Accuracy by round", "Accuracy by agent", "Recall by label", "Divergence of the whole update",
                "Divergence of the round's own step", "Work of the agents over time with incidents",
            ],
            Drawings(html));
        string text = html.ToString();
        Assert.Contains(
            "Its adapter is that of round 1: best accuracy of 2 measured rounds: 0.45, by the evaluator.", text, StringComparison.Ordinal);
        Assert.Equal(["accuracy", "40.0 %", "b", "40.0 %", "60.0 %", "80.0 %", "60.0 %", "20.0 %"], Row(html, "accuracy"));
        Assert.Equal(["b", "10", "40.0 %", "–", "70.0 %", "keeps its own"], Row(html, "b"));
        Assert.Equal(["c", "–", "–", "–", "–", "not measured: it was gone when the run ended"], Row(html, "c"));
        Assert.Contains(html.Descendants("tr").Select(Cells), row => row.SequenceEqual(["a", "1", "3.0 s", "0.5 s", "1.0 s", "0.5 s"]));
        Assert.Contains("2.200", Row(html, "1"));
        Assert.Equal("published", Row(html, "1")[^1]);
    }

    [Fact]
    public void A_run_of_which_nothing_was_measured_still_has_its_page()
    {
        RunDetail run = Run() with { Rounds = [], FinalMeasures = null, PublishedRound = null, PublishedReason = null };

        XElement html = Render(run, []);

        Assert.Equal(["Work of the agents over time with incidents"], Drawings(html));
    }

    [Fact]
    public void A_language_models_run_is_shown_by_its_losses()
    {
        RunDetail run = Run();
        run = run with
        {
            Summary = run.Summary with { Task = "lm" },
            FinalMeasures = run.FinalMeasures! with
            {
                Accuracy = null,
                Loss = new FigureSpread(2, "b", 2.5, 2, 0.5, 1.6, 2, 2.4),
                Agents = [new AgentMeasure { AgentId = "a", Examples = 3, Loss = 1.5 }, new AgentMeasure { AgentId = "b", Examples = 3, Loss = 2.5 }],
                Labels = [],
                MacroF1 = null,
            },
        };

        XElement html = Render(run, [ScriptedRun.Event(RunEventKind.Evaluated, 1, 1, "evaluator") with { GlobalLoss = 1.25 }]);

        Assert.Contains("Loss by round", Drawings(html));
        Assert.Equal(["loss", "2.500", "b", "1.600", "2.000", "2.400", "2.000", "0.500"], Row(html, "loss"));
    }

    [Fact]
    public void Names_and_reasons_are_text_and_not_markup()
    {
        RunDetail run = Run();
        run = run with
        {
            Summary = run.Summary with { Name = "<script>alert(1)</script>", Reason = "b\u0000&" },
            Spec = new JsonObject { ["name"] = "</pre><b>" },
        };

        string page = Encoding.UTF8.GetString(RunReportPage.Render(RunReport.Of(run, ScriptedRun.Events)));

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>", page, StringComparison.OrdinalIgnoreCase);
        XDocument.Parse(page["<!DOCTYPE html>".Length..]);
    }

    private static XElement Render(RunDetail run, IEnumerable<RunEvent>? events = null) => XDocument.Parse(
        Encoding.UTF8.GetString(RunReportPage.Render(RunReport.Of(run, events ?? ScriptedRun.Events)))["<!DOCTYPE html>".Length..]).Root!;

    private static string[] Drawings(XElement html) => [.. html.Descendants("svg").Select(drawing => drawing.Attribute("aria-label")!.Value)];

    private static string[] Row(XElement html, string first) => html.Descendants("tr").Select(Cells).First(row => row[0] == first);

    private static string[] Cells(XElement row) => [.. row.Elements().Select(cell => cell.Value)];

    private static RunDetail Run() => new()
    {
        Summary = new RunSummary
        {
            Id = ScriptedRun.RunId,
            Name = "areas",
            State = RunState.Completed,
            Task = "classification",
            Model = "edgeflora-doc-bert",
            Strategy = "FloraNA",
            RoundsCommitted = 2,
            RoundsSkipped = 0,
            Rounds = 2,
            Priority = 0,
            SubmittedAt = DateTimeOffset.UnixEpoch,
        },
        Spec = new JsonObject { ["labels"] = new JsonArray("spam", "ham") },
        Rounds =
        [
            Round(1, 0.11, 0.05) with { Measurements = [new RoundMeasurement("evaluator", 100, 0.45, 1.2, null)] },
            Round(2, 0.08, 0.1),
        ],
        History = [],
        Participants = ["a", "b", "c"],
        ModelSha256 = new string('a', 64),
        PublishedRound = 1,
        PublishedReason = "best accuracy of 2 measured rounds: 0.45, by the evaluator",
        FinalMeasures = new FinalMeasures
        {
            Round = 1,
            Agents =
            [
                new AgentMeasure { AgentId = "a", Examples = 20, Accuracy = 0.8, Loss = 0.4 },
                new AgentMeasure { AgentId = "b", Examples = 10, Accuracy = 0.4, OwnAccuracy = 0.7, KeepsOwn = true },
                new AgentMeasure { AgentId = "c", Missing = "it was gone when the run ended" },
            ],
            Accuracy = new FigureSpread(2, "b", 0.4, 0.6, 0.2, 0.4, 0.6, 0.8),
            Labels = [new LabelMeasure("spam", 12, 0.5), new LabelMeasure("ham", 0, null)],
            MacroF1 = 0.5,
            KeepOwn = ["b"],
        },
    };

    private static RoundSummary Round(int number, double used, double share) => new()
    {
        Round = number,
        Status = RoundStatus.Committed,
        Figures = ScriptedRun.Events.First(happened => happened.Kind == RunEventKind.RoundCommitted).Figures! with
        {
            DivergenceUsed = used,
            StepShare = share,
            MergeMs = 200,
            Times = number == 1 ? [new AgentTimes { AgentId = "a", TaskMs = 4000, TrainMs = 3000, TransferMs = 500, WaitMs = 1000 }] : [],
        },
    };
}
