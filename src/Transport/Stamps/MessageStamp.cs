using System.Globalization;
using EdgeFlora.Contracts;

namespace EdgeFlora.Transport.Stamps;

/// <summary>Makes the headers of one process's messages: its boot id, a running number, and ids that repeat when content repeats.</summary>
/// <param name="bootId">New for each process; tells a restart from a pause.</param>
public sealed class MessageStamp(Guid bootId, TimeProvider clock)
{
    private static readonly Guid Space = new("6f1d2c0e-6a52-5b0c-9d3e-ef10ada97e25");

    private long sent;

    public Guid BootId => bootId;

    /// <summary>A header for a message about a task (or, with an empty <paramref name="taskId"/>, about none).</summary>
    /// <param name="kind">The message's type name; part of its id.</param>
    /// <param name="content">
    /// What tells two messages of this kind about the same attempt apart: a hash, a step, a state. Equal content gives an equal id.
    /// </param>
    public MessageHeader About(
        string kind, string agentId, Guid runId = default, int round = 0, Guid taskId = default, int attempt = 0, int leaseEpoch = 0, long term = 0,
        string content = "") => new()
        {
            V = ContractVersion.Current,
            MessageId = NameBasedGuid.Create(
                Space,
                string.Create(CultureInfo.InvariantCulture, $"{kind}|{agentId}|{runId:N}|{round}|{taskId:N}|{attempt}|{leaseEpoch}|{content}")),
            RunId = runId,
            Round = round,
            TaskId = taskId,
            Attempt = attempt,
            LeaseEpoch = leaseEpoch,
            Term = term,
            AgentId = agentId,
            BootId = bootId,
            Seq = Interlocked.Increment(ref sent),
            SentUnixMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };

    /// <summary>A header about the same run, round, task, attempt and agent as <paramref name="other"/>.</summary>
    public MessageHeader Like(MessageHeader other, string kind, long term = 0, string content = "")
    {
        ArgumentNullException.ThrowIfNull(other);
        return About(kind, other.AgentId, other.RunId, other.Round, other.TaskId, other.Attempt, other.LeaseEpoch, term, content) with
        {
            Tenant = other.Tenant,
            TraceParent = other.TraceParent,
        };
    }
}
