namespace EdgeFlora.Contracts.Api;

/// <summary>Changes an agent's labels.</summary>
public sealed record LabelChange
{
    /// <summary>Labels to set: keys and values of 1 … 63 letters, digits, '.', '_' and '-'.</summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = new Dictionary<string, string>();

    /// <summary>Keys to take away; those it does not have are passed over.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];
}

/// <summary>Why an operator does something, for the history. Up to 1,000 characters.</summary>
public sealed record CommandReason(string? Reason);
