using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Cli.Tests.Live;

public sealed class RunViewTests
{
    [Fact]
    public void A_finished_run_shows_what_became_of_every_agent_in_every_round()
    {
        RunView view = Fold(ScriptedRun.Events);

        Assert.Equal(RunStage.Completed, view.Stage);
        Assert.Equal(["a", "b", "c"], view.Agents.Keys);
        Assert.Equal([AgentState.Accepted, AgentState.Accepted], view.Agents["a"].Rounds.Values.Select(part => part.Outcome));
        Assert.Equal(AgentState.Dropped, view.Agents["b"].Rounds[1].Outcome);
        Assert.Equal("silent for 1500 ms", view.Agents["b"].Rounds[1].Reason);
        Assert.Equal(101_000, view.Agents["a"].BytesUp);
    }

    [Fact]
    public void The_evaluator_is_no_agent_and_its_figure_is_the_rounds()
    {
        RunView view = Fold(ScriptedRun.Events);

        Assert.Equal("evaluator", view.Evaluator);
        Assert.Equal([0.08, 0.45, 0.62], view.Rounds.Values.Select(round => round.GlobalAccuracy!.Value));
    }

    [Fact]
    public void Of_a_language_model_losses_are_kept_and_accuracies_are_not()
    {
        RunView view = Fold(
        [
            ScriptedRun.Event(RunEventKind.ResultAccepted, 1, 1, "a") with { Sequence = 1, GlobalLoss = 2.5, LocalLoss = 2.25, Loss = 2 },
            ScriptedRun.Event(RunEventKind.Evaluated, 2, 0, "evaluator") with { Sequence = 2, GlobalLoss = 4.5 },
            ScriptedRun.Event(RunEventKind.Evaluated, 3, 1, "evaluator") with { Sequence = 3, GlobalLoss = 2.4 },
        ]);

        Assert.Equal((2.5, 2.25, null), (view.Agents["a"].GlobalLoss, view.Agents["a"].LocalLoss, view.Agents["a"].LocalAccuracy));
        Assert.Equal([4.5, 2.4], view.Rounds.Values.Select(round => round.GlobalLoss!.Value));
        Assert.All(view.Rounds.Values, round => Assert.Null(round.GlobalAccuracy));
    }

    [Fact]
    public void An_update_refused_at_the_freeze_loses_the_place_it_was_announced_to_have()
    {
        RunView view = Fold(ScriptedRun.Events);

        AgentRound part = view.Agents["c"].Rounds[2];
        Assert.Equal(AgentState.Refused, part.Outcome);
        Assert.Equal(0, part.Bytes);
        Assert.Contains("10 × the median", part.Reason, StringComparison.Ordinal);
        Assert.Equal(AgentState.Refused, view.Agents["c"].State);
    }

    [Fact]
    public void Progress_moves_the_bar_and_the_next_offer_resets_it()
    {
        RunView during = Fold(ScriptedRun.Events.TakeWhile(e => e.Kind != RunEventKind.TaskLost));
        RunView after = Fold(ScriptedRun.Events.TakeWhile(e => e is not { Round: 2, Kind: RunEventKind.TaskAccepted }));

        Assert.Equal(
            (AgentState.Working, "Training", 10, 40),
            (during.Agents["a"].State, during.Agents["a"].Phase, during.Agents["a"].Step, during.Agents["a"].Total));
        Assert.Equal((AgentState.Offered, 0, 0), (after.Agents["a"].State, after.Agents["a"].Step, after.Agents["a"].Total));
    }

    [Fact]
    public void Events_that_come_twice_change_nothing()
    {
        RunView once = Fold(ScriptedRun.Events);

        RunView twice = Fold(ScriptedRun.Events.SelectMany(e => new[] { e, e }).Concat(ScriptedRun.Events));

        Assert.Equal(Facts(once), Facts(twice));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Neighbours_that_change_places_leave_figures_incidents_and_the_last_state_as_they_were(ulong seed)
    {
        RunEvent[] events = [.. ScriptedRun.Events];
        var random = new SeededRandom(seed);
        for (int i = 0; i + 1 < events.Length; i += 1 + random.NextInt(3))
        {
            (events[i], events[i + 1]) = (events[i + 1], events[i]);
        }

        RunView view = Fold(events);

        Assert.Equal(Facts(Fold(ScriptedRun.Events)), Facts(view));
    }

    private static RunView Fold(IEnumerable<RunEvent> events) => events.Aggregate(RunView.Empty, (view, happened) => view.Apply(happened));

    private static string Facts(RunView view) => string.Join('\n',
        view.Agents.Values.Select(a => $"{a.Name} {a.State} {a.BytesUp} {string.Join(' ', a.Rounds.Select(r => $"{r.Key}:{r.Value.Outcome}"))}")
            .Concat(view.Rounds.Values.Select(r => $"{r.Number} {r.Stage} {r.GlobalAccuracy} {r.Figures?.Accepted.Count}"))
            .Concat(view.Incidents.Keys.Select(k => $"! {k}"))
            .Append($"{view.Stage} {view.ElapsedMs} {view.Evaluator}"));
}
