namespace EdgeFlora.Coordinator.Output;

/// <summary>
/// One round in the ledger of a private run: only what the guarantee covers. Who took part, when, and with what figures is for the operator's
/// screen.
/// </summary>
/// <param name="ModelSha256">Of the adapter's body; this and the rest are absent if the round was skipped.</param>
/// <param name="Epsilon">ε spent up to and with this round.</param>
internal sealed record ProtectedRound(int Round, string? ModelSha256, string? CommitSha256, double? Epsilon)
{
    public static ProtectedRound Of(RoundRecord round) => new(
        round.Round, round.Figures?.ModelSha256, round.Figures?.CommitSha256, round.Figures?.Epsilon);
}
