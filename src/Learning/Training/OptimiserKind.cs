namespace EdgeFlora.Learning.Training;

/// <summary>How a gradient becomes a step.</summary>
public enum OptimiserKind
{
    /// <summary>Adam with decoupled weight decay (arXiv 1711.05101); two values of state for each trained one.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum as PyTorch has it; one value of state for each trained one.</summary>
    Sgd,
}
