using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Protocol.Fleet;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>Drops messages that name an agent whose user at the broker did not send them. Thread-safe.</summary>
internal sealed class SenderCheck(ILogger log)
{
    private long forged;

    /// <summary>Messages that were dropped.</summary>
    public long Forged => Interlocked.Read(ref forged);

    /// <summary>Whether a message may be from the agent it names.</summary>
    /// <param name="message">Its type, for people.</param>
    /// <param name="user">The broker's user that it is from, if known.</param>
    public bool Passes(string message, string? agent, string? user)
    {
        if (agent is null || !SenderIdentity.IsForged(user, agent))
        {
            return true;
        }

        log.SenderForged(message, Text.Cut(agent, 64), user!, Interlocked.Increment(ref forged));
        return false;
    }
}
