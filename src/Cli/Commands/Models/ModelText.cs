using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Models;

/// <summary>Base models for people.</summary>
internal static class ModelText
{
    /// <summary>Digits of a hash that tell any two models apart.</summary>
    private const int ShortHash = 12;

    public static string Licence(ModelSummary model) => model.Licence is { } file ? $"licence in {file}" : "without a licence file";

    /// <summary>The beginning of a hash; null while it is not known.</summary>
    public static string? Hash(ModelSummary model) => model.Sha256 is { Length: > ShortHash } whole ? whole[..ShortHash] : model.Sha256;
}
