namespace EdgeFlora.Learning.Pretraining;

/// <summary>What a model card says of the texts a model has learnt from.</summary>
/// <param name="Name">E.g. <c>XML documentation of the .NET 10.0.14 reference packs</c>.</param>
/// <param name="Licence">E.g. <c>MIT</c>.</param>
/// <param name="Command">The command that makes the model again.</param>
public sealed record CorpusDescription(string Name, string Licence, string Command);
