namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>The two least-squares problems that FLoRA-NA's objective ‖(Σ pᵤBᵤ)(Σ qᵤAᵤ) − T‖² becomes when one set of scalars is held.</summary>
internal interface INormalEquations
{
    /// <summary>The problem in q.</summary>
    INormalSystem ForQ(double[] p);

    /// <summary>The problem in p.</summary>
    INormalSystem ForP(double[] q);
}
