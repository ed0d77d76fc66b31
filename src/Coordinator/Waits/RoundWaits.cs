using System.Globalization;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Coordinator.Waits;

/// <summary>What a round waits for: whom, how far they are, and until when.</summary>
internal static class RoundWaits
{
    /// <param name="advances">What agents last said of their tasks, by agent.</param>
    /// <param name="moment">The moment it is asked at.</param>
    public static string Sentence(RoundSight sight, IReadOnlyDictionary<string, TaskAdvance> advances, DateTimeOffset moment)
    {
        Round round = sight.Round;
        return round.State switch
        {
            RoundState.Planned when round.Online.Count < round.Needed =>
                $"round {round.Number} waits for {round.Needed - round.Online.Count} more of "
                + $"{WaitText.Count(round.Needed, "agent")}{Until(sight, moment, "; it is skipped in ")}",
            RoundState.Planned =>
                $"round {round.Number} waits for its turn: its agents are there and work for other runs{Until(sight, moment, "; it is skipped in ")}",
            RoundState.Offering =>
                $"round {round.Number} waits for answers to its offers: {Whom(sight, advances)}; {Results(round)}{Deadline(sight, moment)}",
            RoundState.Collecting when round.AnyAtWork =>
                $"round {round.Number} waits for {Whom(sight, advances)}; {Results(round)}{Deadline(sight, moment)}",
            RoundState.Collecting =>
                $"round {round.Number} waits for agents that could do their part still; {Results(round)}{Deadline(sight, moment)}",
            RoundState.Frozen => $"round {round.Number} waits for its merge to begin{Until(sight, moment, ", for at most ")}",
            RoundState.Aggregating =>
                $"round {round.Number} merges {WaitText.Count(round.Done, "result")}{Until(sight, moment, ", for at most ")}{Again(round)}",
            RoundState.Committed => $"round {round.Number} has its model",
            RoundState.Skipped => $"round {round.Number} was skipped; the model before it stands",
            _ => throw new ArgumentOutOfRangeException(nameof(sight), round.State, "A state of a round without a sentence."),
        };
    }

    /// <summary>The round for operators.</summary>
    public static RoundStanding Standing(RoundSight sight, IReadOnlyDictionary<string, TaskAdvance> advances, DateTimeOffset moment)
    {
        Round round = sight.Round;
        bool opened = round.State != RoundState.Planned;
        return new RoundStanding
        {
            Round = round.Number,
            Status = RoundSight.StatusOf(round.State),
            Sentence = Sentence(sight, advances, moment),
            Results = round.Done,
            Goal = round.Goal,
            Quorum = round.Quorum,
            OpenedAt = opened ? sight.At - TimeSpan.FromMilliseconds(Math.Max(0, sight.Now - round.OpenedAt)) : null,
            SoftDeadline = round.IsOpen ? sight.Moment(round.SoftDeadline) : null,
            HardDeadline = round.IsOver ? null : sight.Moment(round.HardDeadline),
            Tasks =
            [
                .. round.Tasks.Values.OrderBy(task => !task.AtWork).ThenBy(task => task.Agent, StringComparer.Ordinal)
                    .Select(task => Standing(
                        task, Of(advances, task.Agent, round.Number), round.Silent.Contains(task.Agent), sight.ClockAt(moment), sight.Rules)),
            ],
        };
    }

    /// <summary>Agents that the round waits for, by name.</summary>
    public static IReadOnlyList<string> Agents(Round round) => [.. round.Tasks.Values.Where(task => task.AtWork).Select(task => task.Agent)];

    private static TaskStanding Standing(AgentTask task, TaskAdvance? advance, bool silent, long now, RoundRules rules) => new()
    {
        AgentId = task.Agent,
        State = task.State.ToString(),
        Sentence = TaskWaits.Sentence(task, advance, silent, now, rules),
        Rank = task.Rank,
        AtWork = task.AtWork,
        Phase = task.AtWork ? advance?.Phase.ToString() : null,
        Step = task.AtWork ? advance?.Step : null,
        Total = task.AtWork ? advance?.Total : null,
        Loss = advance?.Loss,
    };

    private static string Whom(RoundSight sight, IReadOnlyDictionary<string, TaskAdvance> advances)
    {
        Round round = sight.Round;
        AgentTask[] tasks = [.. round.Tasks.Values.Where(task => task.AtWork)];
        string Words(AgentTask task) => TaskWaits.Words(task, Of(advances, task.Agent, round.Number), round.Silent.Contains(task.Agent));
        return tasks.Length == 1
            ? $"{tasks[0].Agent}, {Words(tasks[0])}"
            : $"{WaitText.Count(tasks.Length, "agent")}: {WaitText.Names([.. tasks.Select(task => $"{task.Agent} ({Words(task)})")])}";
    }

    private static TaskAdvance? Of(IReadOnlyDictionary<string, TaskAdvance> advances, string agent, int round) =>
        advances.TryGetValue(agent, out TaskAdvance? advance) && advance.Round == round ? advance : null;

    private static string Deadline(RoundSight sight, DateTimeOffset moment) => Until(sight, moment, ", deadline in ");

    private static string Results(Round round) => string.Create(
        CultureInfo.InvariantCulture,
        $"{round.Done} of {WaitText.Count(round.Goal, "result")} {(round.Done == 1 ? "is" : "are")} in"
            + $"{(round.Quorum < round.Goal ? $", {round.Quorum} are enough in the end" : "")}");

    private static string Again(Round round) =>
        round.Aggregations > 1 ? string.Create(CultureInfo.InvariantCulture, $"; attempt {round.Aggregations}") : "";

    private static string Until(RoundSight sight, DateTimeOffset moment, string before) =>
        sight.Moment(sight.Round.HardDeadline) is { } end ? before + WaitText.Span(end - moment) : "";
}
