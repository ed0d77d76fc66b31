namespace EdgeFlora.Aggregation;

/// <summary>
/// Relative distance of the aggregate from the ideal update over all modules: √(Σ errₘ²‖Tₘ‖² / Σ ‖Tₘ‖²), the relative error of the whole update.
/// </summary>
/// <param name="Used">Of what was published.</param>
/// <param name="FedIt">Of averaging A and B apart.</param>
/// <param name="FloraNa">Of FLoRA-NA; null unless known for every module.</param>
/// <param name="Bound">The least possible at the published rank (Eckart–Young).</param>
public sealed record DivergenceSummary(double Used, double FedIt, double? FloraNa, double Bound)
{
    /// <summary>
    /// √(Σ ‖Tₘ − P₀ₘ‖² / Σ ‖Tₘ‖²): how long the round's own step is beside the whole update. A divergence divided by it is relative to the step. Null
    /// unless known for every module, or where the update is zero.
    /// </summary>
    public double? StepShare { get; init; }

    /// <summary>Over some modules.</summary>
    public static DivergenceSummary Of(IReadOnlyList<ModuleReport> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        double total = modules.Sum(m => m.UpdateNorm * m.UpdateNorm);
        return new DivergenceSummary(
            Over(m => m.ErrUsed),
            Over(m => m.ErrFedIt),
            modules.All(m => m.ErrFloraNa is not null) ? Over(m => m.ErrFloraNa ?? 0) : null,
            Over(m => m.ErrBound))
        {
            StepShare = total > 0 && modules.All(m => m.StepNorm is not null)
                ? Math.Sqrt(modules.Sum(m => m.StepNorm!.Value * m.StepNorm.Value) / total)
                : null,
        };

        double Over(Func<ModuleReport, double> error) =>
            total > 0 ? Math.Sqrt(modules.Sum(m => Math.Pow(error(m) * m.UpdateNorm, 2)) / total) : 0;
    }
}
