using EdgeFlora.Aggregation.Products.Truncation;

namespace EdgeFlora.Aggregation;

/// <summary>How near one module's aggregate is to the ideal update T = Σ wᵤ(sᵤ/s)BᵤAᵤ, and what the agents' factors looked like.</summary>
/// <remarks>
/// Errors are ‖aggregate − T‖ / ‖T‖, Frobenius; 0 where T = 0. In single precision (<see cref="Method"/> other than Qr) values below 3e-4 read as
/// exact.
/// </remarks>
public sealed record ModuleReport
{
    /// <summary>The module's name in the base model.</summary>
    public required string Name { get; init; }

    /// <summary>The strategy used for it.</summary>
    public required string Strategy { get; init; }

    /// <summary>Directions of the published product.</summary>
    public required int Rank { get; init; }

    /// <summary>Error of averaging A and B apart.</summary>
    public required double ErrFedIt { get; init; }

    /// <summary>
    /// Error of FLoRA-NA on the factors as they were sent; null where it was not measured (<see cref="AggregationOptions.CompareFloraNa"/>), and
    /// where an agent's rank is above the broadcast one.
    /// </summary>
    public double? ErrFloraNa { get; init; }

    /// <summary>Error of what was published, folded residual included.</summary>
    public required double ErrUsed { get; init; }

    /// <summary>The Eckart–Young bound: the least error of any product of the published rank.</summary>
    public required double ErrBound { get; init; }

    /// <summary>‖T‖.</summary>
    public required double UpdateNorm { get; init; }

    /// <summary>
    /// ‖T − P₀‖, P₀ the broadcast product: the round's own step, which later rounds make much shorter than the whole. Null where it was not measured
    /// (<see cref="AggregationOptions.CompareFloraNa"/>).
    /// </summary>
    public double? StepNorm { get; init; }

    /// <summary>Whether ‖T‖ beyond the leading directions was estimated from random probes.</summary>
    public required bool Estimated { get; init; }

    /// <summary>
    /// How far the errors may be off because of that: three standard errors, of <see cref="ErrBound"/>, which of all errors depends on it most; 0
    /// where nothing was estimated.
    /// </summary>
    public required double ErrMargin { get; init; }

    /// <summary>How the leading directions were found.</summary>
    public required TruncationMethod Method { get; init; }

    /// <summary>Ratio of the largest to the smallest singular value of the published A; infinite where A has lost a row.</summary>
    public required double ConditionA { get; init; }

    /// <summary>The gauge asked for, where the strategy leaves it open.</summary>
    public required Gauge? Gauge { get; init; }

    /// <summary>FLoRA-NA's scalars of B, one for each entry of <see cref="Agents"/>; empty for other strategies.</summary>
    public IReadOnlyList<double> P { get; init; } = [];

    /// <summary>FLoRA-NA's scalars of A.</summary>
    public IReadOnlyList<double> Q { get; init; } = [];

    /// <summary>The agents' factors beside the broadcast ones, in the order of the sum.</summary>
    public required IReadOnlyList<AgentReport> Agents { get; init; }
}
