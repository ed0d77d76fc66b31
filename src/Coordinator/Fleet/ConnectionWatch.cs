using EdgeFlora.Contracts.Api;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>
/// Learns from the broker whose connection is gone, by the queues that go with agents' connections: of agents at work within seconds, of others a
/// little
/// later. A process that stands still keeps its connection; its silence tells.
/// </summary>
/// <remarks>
/// One miss is not believed: a broker that is being stopped drops agents' queues before our own connection. When that fails nothing follows for
/// anybody,
/// and only queues that are named from then on are asked for, so that agents have the time to come back.
/// </remarks>
/// <param name="findGone">Those of some queues that the broker does not have; throws where the broker can't be asked.</param>
/// <param name="working">Agents at work.</param>
internal sealed class ConnectionWatch(
    FleetRegistry fleet, Func<IReadOnlyCollection<string>, CancellationToken, Task<IReadOnlyList<string>>> findGone,
    Func<IReadOnlySet<string>> working, TimeProvider time, ILogger log)
{
    /// <summary>Queues that are asked for at once: the rate is bounded, however many agents there are.</summary>
    public const int MaxAtOnce = 500;

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How often an agent is asked for that has nothing to do.</summary>
    public static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Question> asked = new(StringComparer.Ordinal);
    private bool failed;

    /// <summary>Watches until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(failed ? AfterFailure : Interval, time, stop);
                await LookAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Asks for what is due, once.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        FleetAgent[] due = Due();
        HashSet<string> gone;
        try
        {
            gone = [.. await findGone([.. due.Select(agent => agent.ConnectionQueue!)], stop)];
        }
#pragma warning disable CA1031 // The broker's client fails in many ways, all of which mean: not now.
        catch (Exception failure) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            fleet.ForgetConnections();
            asked.Clear();
            if (!failed)
            {
                log.ConnectionsNotWatched(failure.Message);
            }

            failed = true;
            return;
        }

        failed = false;
        foreach (FleetAgent agent in due)
        {
            string queue = agent.ConnectionQueue!;
            if (gone.Contains(queue) && asked.GetValueOrDefault(queue) is { Missed: true })
            {
                asked.Remove(queue);
                fleet.Lose(agent.Name, queue);
            }
            else
            {
                asked[queue] = new Question(time.GetUtcNow(), gone.Contains(queue));
            }
        }
    }

    /// <summary>Those that were missed first, then those at work, each time those that were asked for longest ago.</summary>
    private FleetAgent[] Due()
    {
        FleetAgent[] watched = [.. fleet.All().Where(agent => agent.ConnectionQueue is not null && fleet.PresenceOf(agent) == AgentPresence.Online)];
        foreach (string old in asked.Keys.Except(watched.Select(agent => agent.ConnectionQueue!)).ToArray())
        {
            asked.Remove(old);
        }

        IReadOnlySet<string> atWork = working();
        DateTimeOffset idleSince = time.GetUtcNow() - IdleInterval;
        return
        [
            .. watched.Select(agent => (Agent: agent, Last: asked.GetValueOrDefault(agent.ConnectionQueue!), AtWork: atWork.Contains(agent.Name)))
                .Where(entry => entry.AtWork || entry.Last is null or { Missed: true } || entry.Last.At <= idleSince)
                .OrderByDescending(entry => entry.Last is { Missed: true })
                .ThenByDescending(entry => entry.AtWork)
                .ThenBy(entry => entry.Last?.At ?? DateTimeOffset.MinValue)
                .Take(MaxAtOnce)
                .Select(entry => entry.Agent),
        ];
    }

    /// <param name="Missed">Whether the broker did not have the queue.</param>
    private sealed record Question(DateTimeOffset At, bool Missed);
}
