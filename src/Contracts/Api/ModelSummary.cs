using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>A base model that runs can name.</summary>
/// <param name="Name">What a spec's <c>model</c> says.</param>
/// <param name="Family">Its <c>model_type</c>: <c>bert</c>, <c>llama</c>, …</param>
/// <param name="Bytes">Size of its weights.</param>
public sealed record ModelSummary(string Name, string Family, long Bytes)
{
    /// <summary>How the service came by it.</summary>
    public ModelOrigin Origin { get; init; }

    /// <summary>SHA-256 of its weights, as agents compare them; absent while it is being found out, or where the folder is damaged.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Name of the file that tells its licence; absent: it has none.</summary>
    public string? Licence { get; init; }

    /// <summary>
    /// Bytes that an agent fetches which lacks it; absent while they are being found out, or where the model is too large to be fetched.
    /// </summary>
    public long? ArchiveBytes { get; init; }
}

/// <summary>How a service came by a base model.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelOrigin>))]
public enum ModelOrigin
{
    /// <summary>A folder that its configuration names, or the model that comes with EdgeFlora.</summary>
    Configured,

    /// <summary>Added through the API, and kept in its state folder.</summary>
    Added,
}
