namespace EdgeFlora.Adapters.Randomness;

/// <summary>A source of random numbers.</summary>
internal interface IUniformNumbers
{
    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    double NextDouble();
}
