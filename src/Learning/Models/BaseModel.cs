namespace EdgeFlora.Learning.Models;

/// <summary>A frozen base model loaded from a Hugging Face folder. Immutable; one instance may serve many trainings.</summary>
public sealed class BaseModel
{
    private BaseModel(string folder, string sha256)
    {
        Folder = folder;
        Sha256 = sha256;
    }

    /// <summary>The folder it was read from.</summary>
    public string Folder { get; }

    /// <summary>Lower-case hexadecimal SHA-256 of <c>model.safetensors</c>: what agents and coordinator compare.</summary>
    public string Sha256 { get; }

    /// <summary>Reads <c>config.json</c>, <c>model.safetensors</c> and the tokenizer.</summary>
    /// <exception cref="InvalidDataException">A file is missing or not what it says; the message names file, tensor or setting.</exception>
    public static BaseModel Load(string folder) => throw new InvalidDataException($"{folder}: no model family is supported yet.");
}
