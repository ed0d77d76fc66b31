using System.Buffers.Binary;
using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Files;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>
/// Everything a worker needs to begin: the model by its folder, the rest by value. On the wire: length of the JSON (i32, little-endian), the JSON,
/// the adapter as an fp32 payload.
/// </summary>
internal sealed record StartRequest
{
    /// <summary>Absolute, for a worker may start elsewhere.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>What the folder must still hold: <see cref="BaseModel.Sha256"/>.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>How the weights are held.</summary>
    public required WeightStorage Storage { get; init; }

    /// <summary><see cref="BaseModel.OutputApart"/>.</summary>
    public bool OutputApart { get; init; }

    /// <summary>Changes added to it, and their hash: <see cref="BaseModel.DeltaFile"/>.</summary>
    public string? DeltaFile { get; init; }

    public string? DeltaSha256 { get; init; }

    /// <summary>Whether special tokens that are written in the texts are those tokens.</summary>
    public bool MatchesSpecialTokens { get; init; }

    /// <summary>Names of the classes and what to train on; null for a language model.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    public IReadOnlyList<Example>? Examples { get; init; }

    /// <summary>What to train a language model on; null for a classifier.</summary>
    public IReadOnlyList<LanguageSequence>? Texts { get; init; }

    public required TrainingPlan Plan { get; init; }

    /// <summary>The plan's correction as an fp32 payload; null where it has none.</summary>
    public byte[]? Correction { get; init; }

    /// <summary>Model and plan; what to train on is still to be said.</summary>
    public static StartRequest Of(BaseModel model, TrainingPlan plan) => new()
    {
        ModelFolder = Path.GetFullPath(model.Folder),
        ModelSha256 = model.Sha256,
        Storage = model.Storage,
        OutputApart = model.OutputApart,
        DeltaFile = model.DeltaFile is null ? null : Path.GetFullPath(model.DeltaFile),
        DeltaSha256 = model.DeltaSha256,
        MatchesSpecialTokens = model.Tokenizer.MatchesSpecialTokens,
        Plan = plan,
        Correction = plan.Correction is { } correction ? AdapterBytes.Encode(correction) : null,
    };

    public byte[] ToBytes(LoraAdapter adapter)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this);
        byte[] payload = AdapterBytes.Encode(adapter);
        byte[] bytes = new byte[checked(sizeof(int) + json.Length + payload.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, sizeof(int));
        payload.CopyTo(bytes, sizeof(int) + json.Length);
        return bytes;
    }

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static (StartRequest Request, LoraAdapter Adapter) Parse(ReadOnlySpan<byte> bytes)
    {
        int json = bytes.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (json < 0 || json > bytes.Length - sizeof(int))
        {
            throw new InvalidDataException($"A request to start of {bytes.Length} bytes cannot hold {json} bytes of settings.");
        }

        try
        {
            StartRequest request = JsonSerializer.Deserialize<StartRequest>(bytes.Slice(sizeof(int), json))
                ?? throw new InvalidDataException("A request to start is null.");
            TrainingPlan plan = request.Correction is { } correction
                ? request.Plan with { Correction = AdapterBytes.Decode(correction) }
                : request.Plan;
            return (request with { Plan = plan, Correction = null }, AdapterBytes.Decode(bytes[(sizeof(int) + json)..]));
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException($"A request to start is malformed: {malformed.Message}", malformed);
        }
    }

    /// <summary>Reads the model and makes sure that it is the one meant.</summary>
    /// <exception cref="InvalidDataException">The folder cannot be read or has changed.</exception>
    public BaseModel LoadModel()
    {
        BaseModel model = BaseModel.Load(ModelFolder, Storage, OutputApart).WithSpecialTokens(MatchesSpecialTokens);
        RequireSame(ModelFolder, model.Sha256, ModelSha256);
        if (DeltaFile is null)
        {
            return model;
        }

        using (FileStream delta = File.OpenRead(DeltaFile))
        {
            RequireSame(DeltaFile, ContentHash.Sha256(delta), DeltaSha256);
        }

        return model.With(DeltaFile, DeltaSha256!);
    }

    private static void RequireSame(string path, string found, string? meant)
    {
        if (found != meant)
        {
            throw new InvalidDataException(
                $"{path} holds the weights {found}, when training began they were {meant}; a base model must not change while it is in use.");
        }
    }
}
