using System.Numerics.Tensors;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Models;

/// <summary>A frozen base model loaded from a Hugging Face folder. Immutable; one instance may serve many trainings.</summary>
/// <remarks>
/// With <see cref="WeightStorage.Mapped"/> the weights stay in the file, which may be deleted or replaced by another while the model is used, but not
/// written into: <see cref="RequireUnchanged"/> tells. The mapping ends when the model and all that was made from it are no longer reachable.
/// </remarks>
public sealed class BaseModel
{
    private readonly SafetensorsSet? mapped;
    private readonly Dictionary<Parameter, FrozenWeight> weights;

    private BaseModel(
        string folder,
        string sha256,
        WeightStorage storage,
        INetwork network,
        ITokenizer tokenizer,
        IReadOnlySet<int> endTokens,
        SafetensorsSet? mapped,
        Dictionary<Parameter, FrozenWeight> weights)
    {
        Folder = folder;
        Sha256 = sha256;
        Storage = storage;
        Network = network;
        Tokenizer = tokenizer;
        EndTokens = endTokens;
        this.mapped = mapped;
        this.weights = weights;
    }

    /// <summary>The folder it was read from.</summary>
    public string Folder { get; }

    /// <summary>Lower-case hexadecimal SHA-256 of <c>model.safetensors</c>: what agents and coordinator compare.</summary>
    public string Sha256 { get; }

    /// <summary>How the weights are held. With the portable engine the bits of a training are the same for all that do not round.</summary>
    public WeightStorage Storage { get; }

    /// <summary>SHA-256 of the changes that <see cref="With"/> added; null for the model as its files have it.</summary>
    public string? DeltaSha256 { get; private init; }

    /// <summary>
    /// The file of those changes, for an engine that loads the model elsewhere: <see cref="Load"/>, then <see cref="With"/>. Null for the model as
    /// its files have it.
    /// </summary>
    public string? DeltaFile { get; private init; }

    /// <summary>Whether a tied output layer was given weights of its own: see <see cref="Load"/>.</summary>
    public bool OutputApart { get; private init; }

    public INetwork Network { get; }

    public ITokenizer Tokenizer { get; }

    /// <summary>Tokens at which generation stops; none if the model has none.</summary>
    public IReadOnlySet<int> EndTokens { get; }

    /// <summary>Tokens a text may have, special tokens included.</summary>
    public int MaxTokens => Network.MaxTokens;

    /// <summary>Whether it can be tuned as a language model: it is a decoder whose checkpoint has the weights that score tokens.</summary>
    public bool PredictsTokens => Network is ILanguageModel { PredictsTokens: true };

    /// <summary>Bytes of the weights, whether copied or mapped.</summary>
    public long WeightBytes => weights.Values.Sum(weight => weight.Bytes);

    /// <summary>One of the network's parameters, in the type it is held in; a vector is one row in single precision.</summary>
    public FrozenWeight Weight(Parameter parameter) => weights[parameter];

    /// <summary>
    /// Fills <paramref name="destination"/> with the values of one of the network's parameters, row by row, widened to single precision.
    /// </summary>
    /// <exception cref="ArgumentException">The destination has another length than the parameter.</exception>
    public void ReadSingles(Parameter parameter, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (destination.Length != parameter.Length)
        {
            throw new ArgumentException($"{parameter} has {parameter.Length} values, the destination {destination.Length}.", nameof(destination));
        }

        weights[parameter].Read(0, destination);
    }

    /// <summary>Finds out whether somebody wrote into a weights file that is in use. Cheap: looks at its length and time of writing.</summary>
    /// <exception cref="IOException">It was written to; what was computed since cannot be trusted.</exception>
    public void RequireUnchanged() => mapped?.RequireUnchanged();

    /// <summary>
    /// Takes mapped weights out of this process's memory until they are looked at again; they stay in the system's cache while that has room.
    /// </summary>
    public void Unload()
    {
        foreach (string tensor in mapped?.Tensors.Keys ?? [])
        {
            mapped!.Unload(tensor);
        }
    }

    /// <summary>Reads <c>config.json</c>, <c>model.safetensors</c> and the tokenizer.</summary>
    /// <param name="outputApart">
    /// Whether an output layer that is the word embeddings once more gets weights of its own, with the same values: for adapters that replace one of
    /// the two (<see cref="TiedOutput"/>).
    /// </param>
    /// <exception cref="InvalidDataException">A file is missing or not what it says; the message names file, tensor or setting.</exception>
    public static BaseModel Load(string folder, WeightStorage storage = WeightStorage.Mapped, bool outputApart = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new InvalidDataException($"{folder} is no folder; a base model is a folder with config.json, model.safetensors and a tokenizer.");
        }

        var config = ConfigFile.Open(Path.Combine(folder, "config.json"));
        ModelFamily family = ModelFamilies.Of(config);
        SafetensorsSet? opened = null;
        try
        {
            opened = SafetensorsSet.Open(folder);
            SafetensorsSet file = BaseModelFamilies.Published(opened, ModelFamilies.Type(config).Type);
            INetwork network = family.Create(config, file);
            if (outputApart)
            {
                (network as DecoderModel)?.SetOutputApart();
            }

            Dictionary<Parameter, FrozenWeight> weights = Checkpoint.Read(file, folder, network.Layout, family.IsKnown, storage);
            ITokenizer tokenizer = TokenizerFolder.Load(folder);
            if (tokenizer.VocabularySize > network.VocabularySize)
            {
                throw new InvalidDataException(
                    $"{folder}: the tokenizer has {tokenizer.VocabularySize} words, but vocab_size is {network.VocabularySize}.");
            }

            var model =
                new BaseModel(
                    folder,
                    file.Sha256(),
                    storage,
                    network,
                    tokenizer,
                    Models.EndTokens.Read(config, folder, tokenizer),
                    storage == WeightStorage.Mapped ? file : null,
                    weights)
                {
                    OutputApart = outputApart,
                };
            opened = model.mapped is null ? opened : null;
            return model;
        }
        catch (AdapterFormatException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }
        catch (OverflowException exception)
        {
            throw config.Refuse($"the sizes it states make a tensor too large: {exception.Message.TrimEnd('.')}");
        }
        finally
        {
            opened?.Dispose();
        }
    }

    /// <summary>
    /// This model with changes added to some of its weights. Those become single-precision copies of the new model's own, all others are shared.
    /// </summary>
    /// <remarks>
    /// Always made from the files' weights and all that was folded so far, so the bits depend on those two alone; and memory is bounded by the
    /// changed weights, however many rounds were folded. Factors added in the forward pass would grow with rounds and agents and make every step
    /// dearer.
    /// </remarks>
    /// <param name="deltaFile">A base delta (docs/base-delta.md).</param>
    /// <param name="sha256">Its SHA-256, lower-case hexadecimal; checked by whoever got the file.</param>
    /// <exception cref="InvalidDataException">The file is no base delta of this model; the message names file and tensor.</exception>
    /// <exception cref="InvalidOperationException">Changes were added to this instance before.</exception>
    public BaseModel With(string deltaFile, string sha256)
    {
        if (DeltaSha256 is not null)
        {
            throw new InvalidOperationException($"The base delta {DeltaSha256} was added before; add {sha256} to the model as its files have it.");
        }

        var layers = Network.Layout.Linears.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        var changed = new Dictionary<Parameter, FrozenWeight>(weights);
        try
        {
            BaseDelta delta = BaseDeltaFile.Read(deltaFile, layers.Values.Select(layer => new ModuleShape(layer.Name, layer.Outputs, layer.Inputs)));
            foreach ((string module, WeightDelta change) in delta.Modules)
            {
                float[] weight = Weight(layers[module].Weight).ToArray();
                change.AddTo(weight);
                if (!TensorPrimitives.IsFiniteAll<float>(weight))
                {
                    throw new InvalidDataException($"{deltaFile}: added to the model, the change of {module} gives weights that are not finite.");
                }

                changed[layers[module].Weight] = new FrozenWeight(layers[module].Outputs, layers[module].Inputs, weight);
            }
        }
        catch (AdapterFormatException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }

        return new BaseModel(Folder, Sha256, Storage, Network, Tokenizer, EndTokens, mapped, changed)
        {
            DeltaSha256 = sha256,
            DeltaFile = deltaFile,
            OutputApart = OutputApart,
        };
    }

    /// <summary>This model, its tokenizer taking special tokens that are written in texts for those tokens, or for ordinary text.</summary>
    public BaseModel WithSpecialTokens(bool matched) => Tokenizer.WithSpecialTokens(matched) is var tokenizer && ReferenceEquals(tokenizer, Tokenizer)
        ? this
        : new BaseModel(Folder, Sha256, Storage, Network, tokenizer, EndTokens, mapped, weights)
        {
            DeltaSha256 = DeltaSha256,
            DeltaFile = DeltaFile,
            OutputApart = OutputApart,
        };

    /// <summary>
    /// This model with its matrices rounded, and all that was folded into them: a copy, after which the mapped file takes no memory until it is
    /// looked at
    /// again.
    /// </summary>
    /// <param name="storage">One that rounds; any other is the model as it is.</param>
    public BaseModel Rounded(WeightStorage storage)
    {
        if (storage == Storage || storage is WeightStorage.Mapped or WeightStorage.Singles)
        {
            return this;
        }

        // One weight may serve two parameters, as tied embeddings do.
        var rounded = new Dictionary<FrozenWeight, FrozenWeight>(ReferenceEqualityComparer.Instance);
        var all = new Dictionary<Parameter, FrozenWeight>();
        foreach ((Parameter parameter, FrozenWeight weight) in weights)
        {
            if (!rounded.TryGetValue(weight, out FrozenWeight? copy))
            {
                copy = parameter.Shape.Count == 2 ? Checkpoint.Rounded(weight, storage) : weight;
                rounded.Add(weight, copy);
                if (mapped?.Tensors.ContainsKey(parameter.Name) == true)
                {
                    mapped.Unload(parameter.Name);
                }
            }

            all.Add(parameter, copy);
        }

        return new BaseModel(Folder, Sha256, storage, Network, Tokenizer, EndTokens, mapped, all)
        {
            DeltaSha256 = DeltaSha256,
            DeltaFile = DeltaFile,
            OutputApart = OutputApart,
        };
    }

    /// <summary>This model with other values for some of its parameters; all others are shared.</summary>
    /// <param name="changed">Values in single precision, as many as each parameter has.</param>
    /// <param name="sha256">What identifies the changed weights.</param>
    internal BaseModel Replaced(IReadOnlyDictionary<Parameter, float[]> changed, string sha256)
    {
        var all = new Dictionary<Parameter, FrozenWeight>(weights);
        foreach ((Parameter parameter, float[] values) in changed)
        {
            all[parameter] = new FrozenWeight(parameter.Rows, parameter.Columns, values);
        }

        return new BaseModel(Folder, sha256, Storage, Network, Tokenizer, EndTokens, mapped, all)
        {
            DeltaSha256 = DeltaSha256,
            DeltaFile = DeltaFile,
            OutputApart = OutputApart,
        };
    }
}
