namespace EdgeFlora.Learning.Models;

/// <summary>The function between the two layers of a feed-forward block.</summary>
public enum HiddenActivation
{
    /// <summary>x·Φ(x): <c>gelu</c>.</summary>
    Gelu,

    /// <summary>max(x, 0): <c>relu</c>.</summary>
    Relu,
}
