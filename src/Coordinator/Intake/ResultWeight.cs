using System.Globalization;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Intake;

/// <summary>How many examples a result counts with, whatever it says of itself.</summary>
internal sealed class ResultWeight(RunFacts facts, LiveRun state)
{
    /// <summary>Examples that a result weighs: never more than the agent's hello stated, nor than the run takes of any.</summary>
    public int Examples(ResultReady result)
    {
        int stated = Stated(result.Header.AgentId);
        return Math.Min(Math.Min(result.Examples, stated > 0 ? stated : int.MaxValue), facts.Options.Intake.MaxExamples);
    }

    /// <summary>What is to be said of a result that counts otherwise than it claims; null: nothing.</summary>
    public string? Remark(ResultReady result, StoredResult stored)
    {
        string? late = stored.IsLate ? string.Create(CultureInfo.InvariantCulture, $"trained in round {stored.Round}") : null;
        string? lowered = stored.Examples < result.Examples ? Lowered(result, stored) : null;
        return (late, lowered) is (not null, not null) ? $"{late}; {lowered}" : late ?? lowered;
    }

    private string Lowered(ResultReady result, StoredResult stored) => string.Create(
        CultureInfo.InvariantCulture,
        $"counts {stored.Examples} examples: it claims {result.Examples}, its hello {Stated(stored.Agent)}, Intake:MaxExamples is "
        + $"{facts.Options.Intake.MaxExamples}");

    private int Stated(string agent) => state.Agents[agent].Examples;
}
