using System.Collections.Frozen;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Coordinator.Telemetry;

/// <summary>Reasons as values of labels: agents write some of them, and no word of theirs is to become a series.</summary>
internal static class Reasons
{
    public const string Other = "Other";

    /// <summary>Why tasks end at the coordinator's word, and how agents fail.</summary>
    private static readonly string[] Words =
    [
        "Diverged", "OutOfMemory", "EngineLost", "Trainer", "Blob", "Internal", "Bye", "LeaseExpired", "Quarantined", "Restarted", "Revoked",
        "Selector", "Silent", "Unanswered", "Unreachable",
    ];

    private static readonly FrozenSet<string> All =
        Words.Concat(Enum.GetNames<RejectionCode>()).Concat(Enum.GetNames<DeclineReason>()).ToFrozenSet(StringComparer.Ordinal);

    /// <returns>Empty without a reason.</returns>
    public static string Known(string? reason) => reason is null ? "" : All.Contains(reason) ? reason : Other;
}
