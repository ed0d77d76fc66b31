namespace EdgeFlora.Cli.Client;

/// <summary>How a service answered.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Text">The first line of the answer.</param>
/// <param name="Date">By the service's clock, to the second; null: it did not tell.</param>
internal sealed record ServiceProbe(int Status, DateTimeOffset? Date, string Text)
{
    private const int Unavailable = 503;
    private const string Standby = "standby; ";

    /// <summary>Of an answer of <c>/readyz</c>: which replica leads; null: it is none that stands by.</summary>
    public string? StandsBy => Status == Unavailable && Text.StartsWith(Standby, StringComparison.Ordinal) ? Text[Standby.Length..] : null;
}
