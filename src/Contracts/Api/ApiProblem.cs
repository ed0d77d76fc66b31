namespace EdgeFlora.Contracts.Api;

/// <summary>Problem details (RFC 9457) as the API writes them, <c>application/problem+json</c>.</summary>
public sealed record ApiProblem
{
    /// <summary>A URN of the code.</summary>
    public string? Type { get; init; }

    /// <summary>The status in words.</summary>
    public string? Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>What is wrong, in a sentence.</summary>
    public string? Detail { get; init; }

    public ProblemCode Code { get; init; }

    /// <summary>What to do about it, in a sentence.</summary>
    public string? Fix { get; init; }

    /// <summary>Every mistake, where the input is at fault.</summary>
    public IReadOnlyList<SpecMistake>? Errors { get; init; }
}
