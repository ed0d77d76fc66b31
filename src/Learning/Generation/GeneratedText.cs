namespace EdgeFlora.Learning.Generation;

/// <summary>A continuation of a prompt.</summary>
/// <param name="Text">What was written after the prompt, up to the text or token that stopped it.</param>
/// <param name="Tokens">Number of tokens that were drawn, the stopping ones among them.</param>
public sealed record GeneratedText(string Text, int Tokens, StopReason Reason);

/// <summary>Why a text ends where it does.</summary>
public enum StopReason
{
    /// <summary>The model wrote a token that ends a text.</summary>
    End,

    /// <summary>The model wrote one of the texts to stop before.</summary>
    StopText,

    /// <summary>As many tokens were written as were asked for, or as the model has positions for.</summary>
    Length,
}
