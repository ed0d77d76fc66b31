namespace EdgeFlora.Cli.Client;

/// <summary>How a service answered.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Date">By the service's clock, to the second; null: it did not tell.</param>
internal sealed record ServiceProbe(int Status, DateTimeOffset? Date);
