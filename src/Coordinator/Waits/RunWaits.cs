using EdgeFlora.Contracts.Api;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>What a run waits for, in a sentence. No state of a run that is not over is without one.</summary>
internal static class RunWaits
{
    /// <returns>Null: the run is over.</returns>
    public static WaitReason? Of(RunWaitFacts facts) => facts.State switch
    {
        RunState.Completed or RunState.Incomplete or RunState.Failed or RunState.Cancelled => null,
        RunState.Paused when facts.SpentUnknown => Reason(facts, WaitKind.Operator, $"held: {facts.Reason}"),
        RunState.Paused => Reason(
            facts,
            WaitKind.Operator,
            $"held by an operator{(facts.Reason is null ? "" : $": {facts.Reason}")}; edgeflora runs resume {facts.Run} lets it go "
            + $"on{UnderWay(facts)}"),
        RunState.Queued or RunState.Running when facts.BodiesTrouble is { } trouble && Open(facts) is var reason =>
            reason with { Sentence = $"{reason.Sentence}; {trouble}" },
        RunState.Queued or RunState.Running => Open(facts),
        _ => throw new ArgumentOutOfRangeException(nameof(facts), facts.State, "A state of a run without a sentence."),
    };

    private static WaitReason Open(RunWaitFacts facts)
    {
        if (facts.WaitsForEvaluators)
        {
            string whom = facts.Evaluators.Count == 0 ? "evaluators" : WaitText.Names(facts.Evaluators);
            string until = facts.EvaluatorsUntil is { } end ? $", for at most {WaitText.Span(end - facts.Moment)}" : "";
            return Reason(facts, WaitKind.Evaluators, $"all rounds are over; waits for {whom} to measure its models{until}") with
            {
                Agents = facts.Evaluators,
                Until = facts.EvaluatorsUntil,
            };
        }

        if (facts.Round is { Round.State: not RoundState.Planned } sight)
        {
            bool open = sight.Round.IsOpen;
            return Reason(facts, open ? WaitKind.Results : WaitKind.Merging, RoundWaits.Sentence(sight, facts.Advances, facts.Moment)) with
            {
                Agents = open ? RoundWaits.Agents(sight.Round) : [],
                Present = open ? sight.Round.Done : null,
                Needed = open ? sight.Round.Goal : null,
                Until = sight.Moment(sight.Round.HardDeadline),
            };
        }

        return facts.Present >= facts.Needed ? Turn(facts) : Agents(facts);
    }

    private static WaitReason Turn(RunWaitFacts facts) => Reason(
        facts,
        WaitKind.Turn,
        facts.Before.Count == 0
            ? "its agents are there; it begins at once"
            : $"its agents are there; other runs go first: {WaitText.Names(facts.Before)}") with
    { Present = facts.Present, Needed = facts.Needed };

    private static WaitReason Agents(RunWaitFacts facts)
    {
        string match = (facts.DataSet is null ? "" : $" with data set '{facts.DataSet}'")
            + (facts.Selector.Length == 0 ? "" : $" that match '{facts.Selector}'");
        string round = facts.Round is { } sight ? $"round {sight.Round.Number} " : "";
        string why = facts.Absent.Count == 0 ? "" : $"; {WaitText.Names(facts.Absent)}";
        string until = facts.Until is { } end ? $"; it fails in {WaitText.Span(end - facts.Moment)} if they do not come" : "";
        return Reason(
            facts,
            WaitKind.Agents,
            $"{round}waits for {facts.Needed - facts.Present} more of {WaitText.Count(facts.Needed, "agent")}{match}{why}{until}") with
        {
            Present = facts.Present,
            Needed = facts.Needed,
            Agents = facts.Missing,
            Until = facts.Until,
        };
    }

    private static string UnderWay(RunWaitFacts facts) =>
        facts.Round is { Round.IsOver: false, Round.State: not RoundState.Planned } sight
            ? $"; {RoundWaits.Sentence(sight, facts.Advances, facts.Moment)}"
            : "";

    private static WaitReason Reason(RunWaitFacts facts, WaitKind kind, string sentence) =>
        new() { Kind = kind, Sentence = sentence, Since = facts.Since };
}
