using System.Collections.Concurrent;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Protocol.Fleet;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>Drops messages that name an agent whose user at the broker did not send them. Thread-safe.</summary>
/// <param name="enrolled">Which agents have users of their own; null: none.</param>
/// <param name="required">Whether only those are heard.</param>
internal sealed class SenderCheck(ILogger log, EnrolmentRegistry? enrolled = null, bool required = false)
{
    private readonly ConcurrentDictionary<string, long> forgedBy = new(StringComparer.Ordinal);
    private long forged;

    /// <summary>Messages that were dropped because somebody else sent them in an agent's name.</summary>
    public long Forged => Interlocked.Read(ref forged);

    /// <summary>Of those, the ones in the name of one enrolled agent.</summary>
    public long ForgedOf(string agent) => forgedBy.GetValueOrDefault(agent);

    /// <summary>Whether a message may be from the agent it names.</summary>
    /// <inheritdoc cref="Judge"/>
    public bool Passes(string message, string? agent, string? user) => Judge(message, agent, user) == SenderVerdict.Passes;

    /// <summary>What is made of a message by who sent it; counts those that are forged.</summary>
    /// <param name="message">Its type, for people.</param>
    /// <param name="agent">The agent it names; null, of a message that is not whole, passes.</param>
    /// <param name="user">The broker's user that it is from, if known.</param>
    public SenderVerdict Judge(string message, string? agent, string? user)
    {
        if (agent is null)
        {
            return SenderVerdict.Passes;
        }

        EnrolledAgent? known = enrolled?.Find(agent);
        SenderVerdict verdict = SenderIdentity.Judge(user, agent, known is { IsActive: true }, known is { State: EnrolmentState.Revoked }, required);
        if (verdict == SenderVerdict.Forged)
        {
            if (known is not null)
            {
                // Enrolled names only: what a stranger makes up is not remembered.
                forgedBy.AddOrUpdate(agent, 1, static (_, count) => count + 1);
            }

            log.SenderForged(message, Text.Cut(agent, 64), user ?? "nobody", Interlocked.Increment(ref forged));
        }

        return verdict;
    }
}
