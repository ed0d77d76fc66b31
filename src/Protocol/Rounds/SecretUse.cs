namespace EdgeFlora.Protocol.Rounds;

/// <summary>What a secret of a private round is for; each has one of its own.</summary>
internal enum SecretUse
{
    /// <summary>Who is drawn.</summary>
    Sampling,

    /// <summary>The noise on the sum.</summary>
    Noise,
}
