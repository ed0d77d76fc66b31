namespace EdgeFlora.Learning.Corpus;

/// <summary>A passage of an API's documentation.</summary>
/// <param name="Type">
/// Full name of the documented type or of the member's type, without generic arity, e.g. <c>System.Text.Json.JsonDocument</c>.
/// </param>
/// <param name="Member">Simple name of the documented member; the type's own for types and constructors.</param>
/// <param name="Text">Plain text on one line, names of types and members written <c>_</c>.</param>
internal sealed record DocumentedText(string Type, string Member, string Text);
