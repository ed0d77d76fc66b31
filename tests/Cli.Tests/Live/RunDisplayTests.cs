using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests.Live;

public sealed class RunDisplayTests
{
    [Fact]
    public async Task Away_from_a_terminal_each_notable_event_is_one_line_and_progress_is_none()
    {
        var written = new StringWriter();
        await using RunDisplay display = RunDisplay.Plain(written, RunView.Empty);

        foreach (RunEvent happened in ScriptedRun.Events)
        {
            display.Show(happened);
        }

        string[] lines = written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("[    1.9 s] round 1, b: dropped: LeaseExpired: silent for 1500 ms", lines);
        Assert.Contains(
            "[    2.3 s] round 1: committed: 2 of 3 accepted, 1 dropped, 0 late, 0 refused; divergence 0.110 (FedIT 0.700, bound 0.090), 1.9 s",
            lines);
        Assert.DoesNotContain(lines, line => line.Contains("Training", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Results_of_the_round_before_are_told_apart()
    {
        var written = new StringWriter();
        await using RunDisplay display = RunDisplay.Plain(written, RunView.Empty);
        RunEvent committed = ScriptedRun.Events.First(happened => happened.Kind == RunEventKind.RoundCommitted);

        display.Show(
            ScriptedRun.Event(RunEventKind.ResultAccepted, 2_000, 2, "c") with { Sequence = 1, Bytes = 50_000, Detail = "trained in round 1" });
        display.Show(committed with { Sequence = 2, Round = 2, Figures = committed.Figures! with { Offered = 1, Stale = ["c"] } });

        string text = written.ToString();
        Assert.Contains("round 2, c: accepted, 50.0 kB, trained in round 1", text, StringComparison.Ordinal);
        Assert.Contains("round 2: committed: 1 of 1 accepted, 1 of the round before as well, 1 dropped", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_round_shows_what_it_has_spent_in_the_place_of_divergences()
    {
        var written = new StringWriter();
        await using RunDisplay display = RunDisplay.Plain(written, RunView.Empty);
        RunEvent committed = ScriptedRun.Events.First(happened => happened.Kind == RunEventKind.RoundCommitted);

        display.Show(
            committed with
            {
                Figures = committed.Figures! with
                {
                    DivergenceUsed = null,
                    DivergenceFedIt = null,
                    DivergenceBound = null,
                    Epsilon = 2.406,
                    Delta = 1e-5,
                },
            });

        Assert.Equal(
            "[    2.3 s] round 1: committed: 2 of 3 accepted, 1 dropped, 0 late, 0 refused; ε = 2.41 at δ = 1e-5, 1.9 s",
            written.ToString().TrimEnd());
    }

    [Fact]
    public async Task A_reason_cannot_forge_lines_or_drive_the_terminal()
    {
        var written = new StringWriter();
        await using RunDisplay display = RunDisplay.Plain(written, RunView.Empty);

        display.Show(ScriptedRun.Event(RunEventKind.TaskFailed, 1, 1, "a") with { Sequence = 1, Detail = "x\n[ 9.9 s] round 9: committed\u001b[2J" });

        string text = written.ToString().TrimEnd();
        Assert.DoesNotContain('\n', text);
        Assert.DoesNotContain('\u001b', text);
    }
}
