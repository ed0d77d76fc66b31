using System.Text.Json.Nodes;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>Which tensor of the base becomes what; checked as a whole before anything is written.</summary>
internal sealed class MergePlan
{
    private readonly ModelMergeRequest request;
    private readonly SafetensorsSet weights;
    private readonly MergeNames names;
    private readonly MergedVocabulary vocabulary;

    // The adapted module of each merged tensor, and the adapter's tensor in place of each replaced or new one, by the names of the merged model.
    private readonly SortedDictionary<string, string> modules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DenseTensor> saved = new(StringComparer.Ordinal);

    /// <param name="weights">Of the base, under the names of its checkpoint; disposed of by the caller.</param>
    /// <exception cref="AdapterFormatException">A module or tensor of the adapter has no place in the model.</exception>
    public MergePlan(ModelMergeRequest request, SafetensorsSet weights)
    {
        this.request = request;
        if (request.Precision is { } precision && !SinglePrecision.CanNarrow(precision))
        {
            throw new AdapterFormatException($"Merged weights are to be {precision.Name()}, expected F32, F16 or BF16.");
        }

        JsonObject config = MergedConfig.Read(request.ModelFolder);
        names = new MergeNames(config, weights);
        this.weights = names.Weights;
        foreach ((string module, LoraFactors factors) in request.Adapter.Modules)
        {
            Add(module, factors);
        }

        vocabulary = MergedVocabulary.Of(request, names, config);
        foreach ((string tensor, DenseTensor saves) in vocabulary.Saved.Where(
            s => !s.Key.EndsWith(ModuleNames.MagnitudeSuffix, StringComparison.Ordinal)))
        {
            Save(tensor, saves);
        }
    }

    public int Merged => modules.Count;

    public int Saved => saved.Count;

    public int Kept => Base.Count(tensor => !modules.ContainsKey(tensor.Name));

    /// <summary>Shapes of the tensors taken over from the adapter, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> SavedShapes => saved.ToDictionary(s => s.Key, s => s.Value.Shape, StringComparer.Ordinal);

    /// <summary>What becomes of word embeddings and output layer.</summary>
    public MergedVocabulary Vocabulary => vocabulary;

    /// <summary>Whether the model classifies by a pooler that the base lacks, so that Transformers would make one up.</summary>
    public bool LacksPooler => ClassifierOutput.Rows(SavedShapes) is not null && names.LacksPooler;

    private IEnumerable<TensorInfo> Base =>
        weights.Tensors.Values.Where(tensor => !saved.ContainsKey(tensor.Name) && !vocabulary.Leaves(tensor.Name));

    /// <summary>All tensors of the merged model, each made when it is written.</summary>
    public List<TensorSource> Tensors(CancellationToken cancellationToken)
    {
        TensorType ofSaved = request.Precision ?? TypeOf(weights.Tensors[modules.Keys.First()]);
        List<TensorSource> sources =
        [
            .. Base.Select(tensor => modules.TryGetValue(tensor.Name, out string? module) ? Adapted(tensor, module) : Unchanged(tensor, tensor.Name)),
            .. saved.Select(tensor => new TensorSource(
                tensor.Key, tensor.Value.Shape, ofSaved, stream => Write(stream, ofSaved, tensor.Value.Values, tensor.Key))),
        ];
        if (vocabulary.CopiedOutput is { } copied)
        {
            sources.Add(Unchanged(weights.Tensors[copied], MergedVocabulary.Output));
        }

        // With a layer that the base has not, a reader takes names as they are, and expects them as a model with that layer has them.
        bool grown = sources.Any(source => !weights.Tensors.ContainsKey(source.Name));
        return [.. sources.Select(source => source with
        {
            Name = names.InFile(source.Name, grown),
            Write = stream =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                source.Write(stream);
            },
        })];
    }

    private void Add(string module, LoraFactors factors)
    {
        string name = names.Locate(module + ".weight")
            ?? throw new AdapterFormatException($"{request.ModelFolder}: there is no tensor '{module}.weight' for the adapter's module '{module}'.");
        TensorInfo tensor = weights.Tensors[name];
        int[] expected = names.IsTransposed(module) ? [factors.Inputs, factors.Outputs] : [factors.Outputs, factors.Inputs];
        if (!tensor.Shape.SequenceEqual(expected) || !SinglePrecision.CanWiden(tensor.Type))
        {
            throw new AdapterFormatException(
                $"{request.ModelFolder}: tensor '{name}' is {tensor.Type.Name()} [{string.Join('×', tensor.Shape)}], expected F32, F16 or BF16 "
                + $"[{string.Join('×', expected)}] for the adapter's module '{module}'.");
        }

        bool dora = request.Adapter.Settings.Variant == AdapterVariant.Dora;
        if (dora
            && (!request.Adapter.Saved.TryGetValue(module + ModuleNames.MagnitudeSuffix, out DenseTensor? magnitude)
                || !magnitude.Shape.SequenceEqual([factors.Outputs])))
        {
            throw new AdapterFormatException($"The adapter is DoRA, but has no '{module}{ModuleNames.MagnitudeSuffix}' [{factors.Outputs}].");
        }

        modules[name] = module;
    }

    private void Save(string name, DenseTensor value)
    {
        string place = names.Locate(name) ?? name;
        if (modules.ContainsKey(place))
        {
            throw new AdapterFormatException($"The adapter both adapts and saves '{place}'; it is one or the other.");
        }

        // Classes and words may be others than the base's.
        bool rowsMayDiffer = ClassifierOutput.Holds(place) || MergedVocabulary.Holds(place);
        if (weights.Tensors.TryGetValue(place, out TensorInfo? replaced)
            && !replaced.Shape.Skip(rowsMayDiffer ? 1 : 0).SequenceEqual(value.Shape.Skip(rowsMayDiffer ? 1 : 0)))
        {
            throw new AdapterFormatException(
                $"{request.ModelFolder}: tensor '{place}' is [{string.Join('×', replaced.Shape)}], but the adapter's is "
                + $"[{string.Join('×', value.Shape)}]; it was trained on another model.");
        }

        saved[place] = value;
    }

    private TensorSource Adapted(TensorInfo tensor, string module)
    {
        TensorType type = request.Precision ?? TypeOf(tensor);
        bool turned = names.IsTransposed(module);
        return new TensorSource(tensor.Name, tensor.Shape, type, stream =>
        {
            LoraAdapter adapter = request.Adapter;
            LoraFactors factors = adapter.Modules[module];
            float[] values = weights.ReadSingles(tensor.Name);
            float[] weight = turned ? Transposed(values, tensor.Shape[0], tensor.Shape[1]) : values;
            ReadOnlySpan<float> magnitude = adapter.Settings.Variant == AdapterVariant.Dora
                ? adapter.Saved[module + ModuleNames.MagnitudeSuffix].Values
                : default;
            request.BaseDelta?.Modules.GetValueOrDefault(module)?.AddTo(weight);
            try
            {
                MergedWeight.Apply(adapter.Settings, factors, magnitude, weight, request.Threads);
            }
            catch (ArithmeticException broken)
            {
                throw new AdapterFormatException(
                    $"{request.ModelFolder}: with the adapter's module '{module}' in it, tensor '{tensor.Name}' is not finite any more.", broken);
            }

            Write(stream, type, turned ? Transposed(weight, tensor.Shape[1], tensor.Shape[0]) : weight, tensor.Name);
        });
    }

    /// <param name="name">In the merged model.</param>
    private TensorSource Unchanged(TensorInfo tensor, string name)
    {
        bool converted = request.Precision is { } wanted && SinglePrecision.CanWiden(tensor.Type) && tensor.Type != wanted;
        return converted
            ? new TensorSource(
                name,
                tensor.Shape,
                request.Precision!.Value,
                stream => Write(stream, request.Precision.Value, weights.ReadSingles(tensor.Name), tensor.Name))
            : new TensorSource(name, tensor.Shape, tensor.Type, stream => stream.Write(weights.Bytes(tensor.Name)));
    }

    private void Write(Stream stream, TensorType type, float[] values, string name)
    {
        FiniteValues.Check(values, SinglePrecision.Largest(type), $"{request.ModelFolder}: tensor '{name}'", type.Name());
        SafetensorsWriter.WriteValues(stream, type, values);
    }

    /// <summary>The tensor's own type if it can be written; F64 becomes F32.</summary>
    private static TensorType TypeOf(TensorInfo tensor) => SinglePrecision.CanNarrow(tensor.Type) ? tensor.Type : TensorType.F32;

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        float[] transposed = new float[values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                transposed[(j * rows) + i] = values[(i * columns) + j];
            }
        }

        return transposed;
    }
}
