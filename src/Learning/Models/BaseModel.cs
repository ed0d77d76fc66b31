using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Models;

/// <summary>A frozen base model loaded from a Hugging Face folder. Immutable; one instance may serve many trainings.</summary>
public sealed class BaseModel
{
    private readonly Dictionary<Parameter, float[]> weights;

    private BaseModel(string folder, string sha256, INetwork network, ITokenizer tokenizer, Dictionary<Parameter, float[]> weights)
    {
        Folder = folder;
        Sha256 = sha256;
        Network = network;
        Tokenizer = tokenizer;
        this.weights = weights;
    }

    /// <summary>The folder it was read from.</summary>
    public string Folder { get; }

    /// <summary>Lower-case hexadecimal SHA-256 of <c>model.safetensors</c>: what agents and coordinator compare.</summary>
    public string Sha256 { get; }

    public INetwork Network { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>Tokens a text may have, special tokens included.</summary>
    public int MaxTokens => Network.MaxTokens;

    /// <summary>Values of one of the network's parameters, row by row.</summary>
    public ReadOnlyMemory<float> Weight(Parameter parameter) => weights[parameter];

    /// <summary>Reads <c>config.json</c>, <c>model.safetensors</c> and the tokenizer.</summary>
    /// <exception cref="InvalidDataException">A file is missing or not what it says; the message names file, tensor or setting.</exception>
    public static BaseModel Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new InvalidDataException($"{folder} is no folder; a base model is a folder with config.json, model.safetensors and a tokenizer.");
        }

        var config = ConfigFile.Open(Path.Combine(folder, "config.json"));
        ModelFamily family = ModelFamilies.Of(config);
        try
        {
            using SafetensorsSet opened = SafetensorsSet.Open(folder);
            SafetensorsSet file = BaseModelFamilies.Published(opened, ModelFamilies.Type(config).Type);
            INetwork network = family.Create(config, file);
            Dictionary<Parameter, float[]> weights = Checkpoint.Read(file, folder, network.Layout, family.IsKnown);
            ITokenizer tokenizer = TokenizerFolder.Load(folder);
            if (tokenizer.VocabularySize > network.VocabularySize)
            {
                throw new InvalidDataException($"{folder}: the tokenizer has {tokenizer.VocabularySize} words, but vocab_size is {network.VocabularySize}.");
            }

            return new BaseModel(folder, Hash(folder), network, tokenizer, weights);
        }
        catch (AdapterFormatException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
        catch (OverflowException exception)
        {
            throw config.Refuse($"the sizes it states make a tensor too large: {exception.Message.TrimEnd('.')}");
        }
    }

    private static string Hash(string folder) => SafetensorsSet.HashAsync(folder, CancellationToken.None).GetAwaiter().GetResult();
}
