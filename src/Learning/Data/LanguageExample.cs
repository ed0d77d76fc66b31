namespace EdgeFlora.Learning.Data;

/// <summary>A text to learn to write.</summary>
/// <param name="Prompt">What is given and not learnt; null or empty if all of the text is learnt.</param>
/// <param name="Text">What is learnt, after the prompt; never empty.</param>
/// <param name="Line">The line of the file that it begins on, from 1; 0 if it comes from no file of rows.</param>
public sealed record LanguageExample(string? Prompt, string Text, int Line = 0);
