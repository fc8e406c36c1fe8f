import path from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../../../core/paths';

const declarations = path.join(projectRoot, 'node_modules/@pulumi/github');

/** Checks inputs against the types that @pulumi/github declares, which are made from the provider's own schema. */
export class GithubSchema {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;

  constructor() {
    const options = {
      strict: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      moduleResolution: 100,
      module: 199,
    };
    this.program = ts.createProgram([path.join(declarations, 'index.d.ts')], options as ts.CompilerOptions);
    this.checker = this.program.getTypeChecker();
  }

  /** @param type `github:index/issueLabel:IssueLabel` @returns what is wrong, one line each */
  violations(type: string, inputs: unknown): readonly string[] {
    const [, file, name] = /^github:index\/(\w+):(\w+)$/.exec(type) ?? [];
    const source = file === undefined ? undefined : this.program.getSourceFile(path.join(declarations, `${file}.d.ts`));
    const declared = source?.statements.find(
      (one): one is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(one) && one.name.text === `${name}Args`,
    );
    if (declared === undefined) return [`${type} is no resource of @pulumi/github`];
    return this.check(inputs, this.checker.getTypeAtLocation(declared), name!);
  }

  private check(value: unknown, type: ts.Type, place: string): readonly string[] {
    const allowed = this.alternatives(type);
    if (Array.isArray(value)) {
      const list = allowed.find((one) => this.checker.isArrayType(one));
      if (list === undefined) return [`${place}: a list is not allowed`];
      const [item] = this.checker.getTypeArguments(list as ts.TypeReference);
      return value.flatMap((entry, index) => this.check(entry, item!, `${place}[${index}]`));
    }
    if (typeof value === 'object' && value !== null) {
      const object = allowed.find((one) => (one.flags & ts.TypeFlags.Object) !== 0 && !this.checker.isArrayType(one));
      return object === undefined ? [`${place}: an object is not allowed`] : this.fields(value, object, place);
    }
    const flags = {
      string: ts.TypeFlags.StringLike,
      number: ts.TypeFlags.NumberLike,
      boolean: ts.TypeFlags.BooleanLike,
    };
    const flag = flags[typeof value as 'string'];
    if (flag !== undefined && allowed.some((one) => (one.flags & flag) !== 0)) return [];
    return [`${place}: ${JSON.stringify(value)} is not ${this.checker.typeToString(type)}`];
  }

  private fields(value: object, type: ts.Type, place: string): readonly string[] {
    const known = new Map(type.getProperties().map((property) => [property.name, property]));
    const missing = [...known.values()]
      .filter((property) => (property.flags & ts.SymbolFlags.Optional) === 0 && !Object.hasOwn(value, property.name))
      .map((property) => `${place}.${property.name}: is missing`);
    return Object.entries(value).reduce<readonly string[]>((found, [name, entry]) => {
      const property = known.get(name);
      if (property === undefined) return [...found, `${place}.${name}: is not known`];
      return [...found, ...this.check(entry, this.checker.getTypeOfSymbol(property), `${place}.${name}`)];
    }, missing);
  }

  /** What may stand there in the end: `Input<T>` also takes promises and outputs, which the engine has resolved. */
  private alternatives(type: ts.Type): readonly ts.Type[] {
    const parts = type.isUnion() ? type.types : [type];
    return parts.filter((one) => !['Promise', 'OutputInstance'].includes(one.getSymbol()?.name ?? ''));
  }
}
