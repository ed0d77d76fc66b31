using System.Globalization;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs.Reading;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>What may change while a run is under way.</summary>
internal static class RunChanges
{
    /// <summary>The run with the change, all of it.</summary>
    /// <param name="round">The present round; 0 before the first.</param>
    /// <exception cref="ServiceRefusedException">A value is out of its range, or does not go with where the run is; every mistake is
    /// told.</exception>
    public static RunEntry Apply(RunEntry entry, RunChange change, int round)
    {
        RunSpecReading changed = RunSpecChanges.Apply(entry.Spec, change);
        // No file was sent: places are those of the spec as the service keeps it.
        SpecMistake[] mistakes =
        [
            .. changed.Mistakes.Select(mistake => mistake with { File = null, Row = null, Column = null }),
            .. Untimely(entry, change, round),
        ];
        if (mistakes.Length > 0)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, "the change has mistakes", mistakes: mistakes);
        }

        RoundOptions rounds = entry.Options.Rounds;
        return entry with
        {
            Options = entry.Options with
            {
                Rounds = rounds with
                {
                    Count = change.Rounds ?? rounds.Count,
                    MinAgents = change.MinAgents ?? rounds.MinAgents,
                    AgentsPerRound = change.AgentsPerRound ?? rounds.AgentsPerRound,
                    Quorum = change.Quorum ?? rounds.Quorum,
                    SoftDeadline = change.SoftDeadline ?? rounds.SoftDeadline,
                    HardDeadline = change.HardDeadline ?? rounds.HardDeadline,
                },
            },
            Priority = change.Priority ?? entry.Priority,
            Note = change.Note switch { null => entry.Note, "" => null, var note => note },
            Spec = changed.Document!,
        };
    }

    /// <summary>What would be right in a spec and comes too late for this run.</summary>
    private static IEnumerable<SpecMistake> Untimely(RunEntry entry, RunChange change, int round)
    {
        if (change.Rounds is { } count && count >= 1)
        {
            string typed = count.ToString(CultureInfo.InvariantCulture);
            if (count < round)
            {
                yield return Mistake(
                    "rounds.count",
                    typed,
                    string.Create(
                        CultureInfo.InvariantCulture, $"rounds.count is {typed}; round {round} is under way or over: it must be at least {round}"));
            }

            if (entry.Options.Training is { ControlVariates: true, RoundSchedule: not RateSchedule.Constant })
            {
                yield return Mistake(
                    "rounds.count",
                    typed,
                    $"rounds.count is {typed}; with training.controlVariates the rate of a round must stay what it was, and training.roundSchedule "
                        + "makes it follow from the number of rounds: it stays");
            }
        }

        if (entry.Options.Privacy is not null && change.MinAgents is { } least)
        {
            yield return Mistake(
                "agents.min",
                least.ToString(CultureInfo.InvariantCulture),
                "agents.min is the stated population of a private run, on which its guarantee rests: it stays");
        }
    }

    private static SpecMistake Mistake(string setting, string value, string sentence) => new(null, null, null, setting, value, sentence);
}
