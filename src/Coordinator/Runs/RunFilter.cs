using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>Which runs to list.</summary>
public sealed record RunFilter
{
    /// <summary>Only runs in one of these states; empty: in any.</summary>
    public IReadOnlyList<RunState> States { get; init; } = [];

    /// <summary>Only runs with this name.</summary>
    public string? Name { get; init; }

    /// <summary>Only runs whose id, in its usual spelling (lower-case, with hyphens), begins so.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>What <see cref="Page{T}.Next"/> of the part before said; null: from the start.</summary>
    public string? Cursor { get; init; }

    /// <summary>Most runs in this part, 1 … 500.</summary>
    public int Limit { get; init; } = 50;
}
