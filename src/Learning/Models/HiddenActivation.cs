namespace EdgeFlora.Learning.Models;

/// <summary>The function between the two layers of a feed-forward block.</summary>
public enum HiddenActivation
{
    /// <summary>x·Φ(x): <c>gelu</c>.</summary>
    Gelu,

    /// <summary>max(x, 0): <c>relu</c>.</summary>
    Relu,

    /// <summary>GELU by a tanh: <c>gelu_new</c>, <c>gelu_pytorch_tanh</c>.</summary>
    GeluTanh,
}
