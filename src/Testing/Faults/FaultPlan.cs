using System.Threading.Channels;
using EdgeFlora.Contracts.Events;

namespace EdgeFlora.Testing.Faults;

/// <summary>Lets planned faults strike: the run's events say when, and no clock does.</summary>
internal sealed class FaultPlan(IReadOnlyList<Fault> faults)
{
    private readonly HashSet<Fault> struck = [];
    private readonly HashSet<Fault> mended = [];
    private readonly Channel<(Fault Fault, bool Strikes)> actions = Channel.CreateUnbounded<(Fault, bool)>();

    /// <summary>Takes note of what happened; one call at a time.</summary>
    public void See(RunEvent happened)
    {
        foreach (Fault fault in faults.Where(fault => fault.Kind != FaultKind.Slow && fault.Round == happened.Round))
        {
            if (IsAtWork(happened) && (fault.Member == Federation.CoordinatorName || fault.Member == happened.AgentId) && struck.Add(fault))
            {
                actions.Writer.TryWrite((fault, Strikes: true));
            }

            bool isOver = happened.Kind is RunEventKind.RoundCommitted or RunEventKind.RoundSkipped;
            if (struck.Contains(fault) && (isOver || fault.Member == Federation.CoordinatorName) && mended.Add(fault))
            {
                actions.Writer.TryWrite((fault, Strikes: false));
            }
        }
    }

    /// <summary>Does what is due, until stopped.</summary>
    public async Task RunAsync(Func<string, FederationMember> member, CancellationToken stop)
    {
        await foreach ((Fault fault, bool strikes) in actions.Reader.ReadAllAsync(stop))
        {
            FederationMember one = member(fault.Member);
            await ((fault.Kind, strikes) switch
            {
                (FaultKind.Kill, true) => one.KillAsync(stop),
                (FaultKind.Kill, false) => one.StartAgainAsync(stop),
                (FaultKind.Pause, true) => one.PauseAsync(stop),
                (FaultKind.Pause, false) => one.ResumeAsync(stop),
                (FaultKind.Cut, true) => one.CutAsync(stop),
                _ => one.HealAsync(stop),
            });
        }
    }

    private static bool IsAtWork(RunEvent happened) =>
        happened.Kind is RunEventKind.TaskAccepted or RunEventKind.TaskProgressed;
}
