using EdgeFlora.Aggregation.Algebra;

namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>The two least-squares problems that FLoRA-NA's objective ‖(Σ pᵤBᵤ)(Σ qᵤAᵤ) − T‖² becomes when one set of scalars is held.</summary>
internal interface INormalEquations
{
    /// <summary>H [U × U] and c [U] of the objective qᵀHq − 2qᵀc + ‖T‖² in q.</summary>
    (DoubleMatrix H, double[] C) ForQ(double[] p);

    /// <summary>H [U × U] and c [U] of the objective pᵀHp − 2pᵀc + ‖T‖² in p.</summary>
    (DoubleMatrix H, double[] C) ForP(double[] q);
}
