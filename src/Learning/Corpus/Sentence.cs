namespace EdgeFlora.Learning.Corpus;

/// <summary>One English sentence of the corpus.</summary>
/// <param name="Text">One line; names of types and members are written <c>_</c>.</param>
/// <param name="Types">
/// Full names of the types whose documentation holds it or a twin with the same content words, ordered (ordinal); at least one.
/// </param>
/// <param name="Members">Simple names of the documented members, ordered (ordinal); at least one.</param>
public sealed record Sentence(string Text, IReadOnlyList<string> Types, IReadOnlyList<string> Members);
