using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Merging;

/// <summary>Which tensor of the base becomes what; checked as a whole before anything is written.</summary>
internal sealed class MergePlan
{
    private readonly ModelMergeRequest request;
    private readonly SafetensorsSet weights;

    // The adapted module of each merged tensor, and the adapter's tensor in place of each replaced one, by the tensor's name in the base.
    private readonly SortedDictionary<string, string> modules = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DenseTensor> saved = new(StringComparer.Ordinal);
    private readonly bool gpt2;

    // Whether the output layer is the word embeddings; GPT-2's usual case, elsewhere the configuration says so.
    private readonly bool tied;

    /// <exception cref="AdapterFormatException">A module or tensor of the adapter has no place in the model.</exception>
    public MergePlan(ModelMergeRequest request, SafetensorsSet weights)
    {
        (this.request, this.weights) = (request, weights);
        if (request.Precision is { } precision && !SinglePrecision.CanNarrow(precision))
        {
            throw new AdapterFormatException($"Merged weights are to be {precision.Name()}, expected F32, F16 or BF16.");
        }

        JsonObject config = MergedConfig.Read(request.ModelFolder);
        gpt2 = config["model_type"] is JsonValue type && type.TryGetValue(out string? name) && name == "gpt2";
        tied = config["tie_word_embeddings"] is JsonValue value && value.TryGetValue(out bool yes) ? yes : gpt2;
        foreach ((string module, LoraFactors factors) in request.Adapter.Modules)
        {
            Add(module, factors);
        }

        foreach ((string tensor, DenseTensor saves) in request.Adapter.Saved.Where(s => !s.Key.EndsWith(ModuleNames.MagnitudeSuffix, StringComparison.Ordinal)))
        {
            Save(tensor, saves);
        }
    }

    public int Merged => modules.Count;

    public int Saved => saved.Count;

    public int Kept => weights.Tensors.Keys.Count(name => !modules.ContainsKey(name) && !saved.ContainsKey(name));

    /// <summary>Shapes of the tensors taken over from the adapter, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> SavedShapes => saved.ToDictionary(s => s.Key, s => s.Value.Shape, StringComparer.Ordinal);

    /// <summary>All tensors of the merged model, each made when it is written.</summary>
    public List<TensorSource> Tensors(CancellationToken cancellationToken)
    {
        TensorType ofSaved = request.Precision ?? TypeOf(weights.Tensors[modules.Keys.First()]);
        List<TensorSource> sources =
        [
            .. weights.Tensors.Values.Where(tensor => !saved.ContainsKey(tensor.Name)).Select(tensor => modules.TryGetValue(tensor.Name, out string? module) ? Adapted(tensor, module) : Unchanged(tensor)),
            .. saved.Select(tensor => new TensorSource(tensor.Key, tensor.Value.Shape, ofSaved, stream => Write(stream, ofSaved, tensor.Value.Values, tensor.Key))),
        ];
        return [.. sources.Select(source => source with
        {
            Write = stream =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                source.Write(stream);
            },
        })];
    }

    private void Add(string module, LoraFactors factors)
    {
        RefuseTied(module + ".weight");
        string name = Locate(module + ".weight")
            ?? throw new AdapterFormatException($"{request.ModelFolder}: there is no tensor '{module}.weight' for the adapter's module '{module}'.");
        TensorInfo tensor = weights.Tensors[name];
        int[] expected = IsTransposed(module) ? [factors.Inputs, factors.Outputs] : [factors.Outputs, factors.Inputs];
        if (!tensor.Shape.SequenceEqual(expected) || !SinglePrecision.CanWiden(tensor.Type))
        {
            throw new AdapterFormatException(
                $"{request.ModelFolder}: tensor '{name}' is {tensor.Type.Name()} [{string.Join('×', tensor.Shape)}], expected F32, F16 or BF16 [{string.Join('×', expected)}] for the adapter's module '{module}'.");
        }

        bool dora = request.Adapter.Settings.Variant == AdapterVariant.Dora;
        if (dora && (!request.Adapter.Saved.TryGetValue(module + ModuleNames.MagnitudeSuffix, out DenseTensor? magnitude) || !magnitude.Shape.SequenceEqual([factors.Outputs])))
        {
            throw new AdapterFormatException($"The adapter is DoRA, but has no '{module}{ModuleNames.MagnitudeSuffix}' [{factors.Outputs}].");
        }

        modules[name] = module;
    }

    private void Save(string name, DenseTensor value)
    {
        RefuseTied(name);
        string place = Locate(name) ?? name;
        if (modules.ContainsKey(place))
        {
            throw new AdapterFormatException($"The adapter both adapts and saves '{place}'; it is one or the other.");
        }

        saved[place] = value;
    }

    /// <summary>Where the output layer is the word embeddings once more, a weight of its own in the file would be passed over by whoever reads it.</summary>
    private void RefuseTied(string name)
    {
        if (tied && name.EndsWith("lm_head.weight", StringComparison.Ordinal))
        {
            throw new AdapterFormatException($"The adapter changes '{name}', but {request.ModelFolder} ties the output layer to the word embeddings; a merged folder cannot hold both.");
        }
    }

    /// <summary>
    /// The tensor of that name, or the one without its first component: a model of a task calls its encoder <c>bert.…</c>, while the encoder's own checkpoint leaves that out.
    /// </summary>
    private string? Locate(string name)
    {
        string shorter = name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return weights.Tensors.ContainsKey(name) ? name : weights.Tensors.ContainsKey(shorter) && shorter.Contains('.', StringComparison.Ordinal) ? shorter : null;
    }

    /// <summary>Models of other families may call an ordinary linear layer <c>c_attn</c>.</summary>
    private bool IsTransposed(string module) => gpt2 && TransposedLayers.Holds(module);

    private TensorSource Adapted(TensorInfo tensor, string module)
    {
        TensorType type = request.Precision ?? TypeOf(tensor);
        return new TensorSource(tensor.Name, tensor.Shape, type, stream =>
        {
            LoraAdapter adapter = request.Adapter;
            LoraFactors factors = adapter.Modules[module];
            float[] values = weights.ReadSingles(tensor.Name);
            float[] weight = IsTransposed(module) ? Transposed(values, tensor.Shape[0], tensor.Shape[1]) : values;
            ReadOnlySpan<float> magnitude = adapter.Settings.Variant == AdapterVariant.Dora ? adapter.Saved[module + ModuleNames.MagnitudeSuffix].Values : default;
            request.BaseDelta?.Modules.GetValueOrDefault(module)?.AddTo(weight);
            try
            {
                MergedWeight.Apply(adapter.Settings, factors, magnitude, weight, request.Threads);
            }
            catch (ArithmeticException broken)
            {
                throw new AdapterFormatException($"{request.ModelFolder}: with the adapter's module '{module}' in it, tensor '{tensor.Name}' is not finite any more.", broken);
            }

            Write(stream, type, IsTransposed(module) ? Transposed(weight, tensor.Shape[1], tensor.Shape[0]) : weight, tensor.Name);
        });
    }

    private TensorSource Unchanged(TensorInfo tensor)
    {
        bool converted = request.Precision is { } wanted && SinglePrecision.CanWiden(tensor.Type) && tensor.Type != wanted;
        return converted
            ? new TensorSource(tensor.Name, tensor.Shape, request.Precision!.Value, stream => Write(stream, request.Precision.Value, weights.ReadSingles(tensor.Name), tensor.Name))
            : new TensorSource(tensor.Name, tensor.Shape, tensor.Type, stream => stream.Write(weights.Bytes(tensor.Name)));
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
