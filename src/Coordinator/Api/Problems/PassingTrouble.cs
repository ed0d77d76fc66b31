using System.Data.Common;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Store.Postgres;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Api.Problems;

/// <summary>
/// Tells what passes without anybody's doing at the service from its faults: an outage of what it keeps its state in, or its own end.
/// </summary>
internal static class PassingTrouble
{
    /// <summary>Seconds after which the same may work: a database or a leader that is away is back within seconds, or for long.</summary>
    public const string RetryAfter = "2";

    private const string Again = "Ask again in a moment.";

    /// <summary>What to tell the client; null: it is a fault.</summary>
    public static ServiceRefusedException? Of(Exception failure) => failure switch
    {
        TermLostException or StoreUnavailableException => Told(failure.Message),
        ArchiveAwayException { IsTransient: true } => Told(failure.Message),
        ArchiveAwayException => Told(failure.Message, "Mend that, and ask again."),
        DbException when PostgresFailures.IsOutage(failure) => Told($"the service's database is away ({failure.Message.TrimEnd('.')})"),
        OperationCanceledException => Told("the service ends, or another replica takes over from it"),
        _ => null,
    };

    private static ServiceRefusedException Told(string sentence, string fix = Again) => new(ProblemCode.Unavailable, sentence, fix);
}
