//! A robot arm: the mass matrix of a chain of revolute joints, by the composite rigid body algorithm.
//!
//! After Featherstone, "Rigid Body Dynamics Algorithms" (2008), chapter 6, with three-dimensional vectors: the force that
//! accelerates the composite body above joint `j` about that joint is projected on the axes of the joints below it.

use crate::trace::Real;

/// A joint and the link it moves.
///
/// ```
/// use braid_symbolic::models::arm::{Link, SEVEN_JOINTS};
/// let heavy = Link { mass: 10.0, ..SEVEN_JOINTS[0] };
/// assert_eq!(heavy.inertia, SEVEN_JOINTS[0].inertia);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Place of the joint in the frame of the link below, in m.
    pub offset: [f64; 3],
    /// Rotation of the joint's frame at angle zero against the link below: about x by this many quarter turns.
    pub quarter_turns: i32,
    /// Mass of the link in kg.
    pub mass: f64,
    /// Centre of mass in the link's frame, in m.
    pub centre: [f64; 3],
    /// Principal moments of inertia about the centre of mass, in kg·m².
    pub inertia: [f64; 3],
}

/// Seven joints with the proportions of a light industrial arm (lengths and masses like those published for the KUKA LBR
/// iiwa 14). Each joint turns about its z axis.
pub const SEVEN_JOINTS: [Link; 7] = [
    link([0.0, 0.0, 0.1575], 0, 5.76, [0.0, -0.03, 0.12], [0.033, 0.0333, 0.0123]),
    link([0.0, 0.0, 0.2025], 1, 6.35, [0.0003, 0.059, 0.042], [0.0305, 0.0304, 0.011]),
    link([0.0, 0.2045, 0.0], -1, 3.5, [0.0, 0.03, 0.13], [0.025, 0.0238, 0.0076]),
    link([0.0, 0.0, 0.2155], -1, 3.5, [0.0, 0.067, 0.034], [0.017, 0.0164, 0.006]),
    link([0.0, 0.1845, 0.0], 1, 3.5, [0.0001, 0.021, 0.076], [0.01, 0.0087, 0.00449]),
    link([0.0, 0.0, 0.2155], 1, 1.8, [0.0, 0.0006, 0.0004], [0.0049, 0.0047, 0.0036]),
    link([0.0, 0.081, 0.0], -1, 1.2, [0.0, 0.0, 0.02], [0.001, 0.001, 0.001]),
];

const fn link(offset: [f64; 3], quarter_turns: i32, mass: f64, centre: [f64; 3], inertia: [f64; 3]) -> Link {
    Link { offset, quarter_turns, mass, centre, inertia }
}

type Vector<R> = [R; 3];
type Matrix<R> = [[R; 3]; 3];

fn vector<R: Real>(v: [f64; 3]) -> Vector<R> {
    v.map(R::from_f64)
}

fn add<R: Real>(a: Vector<R>, b: Vector<R>) -> Vector<R> {
    std::array::from_fn(|i| a[i] + b[i])
}

fn scale<R: Real>(a: Vector<R>, s: R) -> Vector<R> {
    a.map(|x| x * s)
}

fn dot<R: Real>(a: Vector<R>, b: Vector<R>) -> R {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross<R: Real>(a: Vector<R>, b: Vector<R>) -> Vector<R> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn apply<R: Real>(m: Matrix<R>, v: Vector<R>) -> Vector<R> {
    m.map(|row| dot(row, v))
}

fn transposed<R: Real>(m: Matrix<R>) -> Matrix<R> {
    std::array::from_fn(|i| std::array::from_fn(|j| m[j][i]))
}

fn product<R: Real>(a: Matrix<R>, b: Matrix<R>) -> Matrix<R> {
    let columns = transposed(b);
    a.map(|row| columns.map(|column| dot(row, column)))
}

/// The rotation from a joint's frame to that of the link below, at this angle.
fn rotation<R: Real>(link: &Link, angle: R) -> Matrix<R> {
    let (s, c) = (angle.sin(), angle.cos());
    let [zero, one] = [0.0, 1.0].map(R::from_f64);
    let about_z = [[c, -s, zero], [s, c, zero], [zero, zero, one]];
    // Whole quarter turns have exact sines and cosines.
    let (s, c) = match link.quarter_turns.rem_euclid(4) {
        0 => (0.0, 1.0),
        1 => (1.0, 0.0),
        2 => (0.0, -1.0),
        _ => (-1.0, 0.0),
    };
    let about_x = [[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]].map(vector);
    product(about_x, about_z)
}

/// A rigid body in a frame: mass, first moment of mass, moment of inertia about the frame's origin.
#[derive(Clone, Copy)]
struct Body<R> {
    mass: R,
    first: Vector<R>,
    inertia: Matrix<R>,
}

impl<R: Real> Body<R> {
    /// A link in its own frame.
    fn of(link: &Link) -> Body<R> {
        let mass = R::from_f64(link.mass);
        let centre = vector(link.centre);
        let about_centre: Matrix<R> = std::array::from_fn(|i| {
            std::array::from_fn(|j| R::from_f64(if i == j { link.inertia[i] } else { 0.0 }))
        });
        Body { mass, first: scale(centre, mass), inertia: sum(about_centre, steiner(mass, centre)) }
    }

    /// The body in the frame below, in which its own frame is rotated and moved.
    fn moved(self, rotation: Matrix<R>, offset: Vector<R>) -> Body<R> {
        let first = apply(rotation, self.first);
        let rotated = product(product(rotation, self.inertia), transposed(rotation));
        // I' = R I Rᵀ + m·steiner(p) + terms linear in the first moment.
        let mixed: Matrix<R> = std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let both = -(offset[i] * first[j] + first[i] * offset[j]);
                if i == j { R::from_f64(2.0) * dot(offset, first) + both } else { both }
            })
        });
        Body {
            mass: self.mass,
            first: add(first, scale(offset, self.mass)),
            inertia: sum(sum(rotated, mixed), steiner(self.mass, offset)),
        }
    }

    fn with(self, other: Body<R>) -> Body<R> {
        Body {
            mass: self.mass + other.mass,
            first: add(self.first, other.first),
            inertia: sum(self.inertia, other.inertia),
        }
    }
}

fn sum<R: Real>(a: Matrix<R>, b: Matrix<R>) -> Matrix<R> {
    std::array::from_fn(|i| add(a[i], b[i]))
}

/// The moment of inertia of a point mass.
fn steiner<R: Real>(mass: R, at: Vector<R>) -> Matrix<R> {
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let both = mass * at[i] * at[j];
            if i == j { mass * dot(at, at) - both } else { -both }
        })
    })
}

/// The mass matrix at these joint angles, row by row: symmetric and positive definite, in kg·m².
///
/// ```
/// use braid_symbolic::models::arm::{SEVEN_JOINTS, mass_matrix};
/// use braid_symbolic::{Expr, trace::trace};
/// let numbers = mass_matrix(&SEVEN_JOINTS[..2], &[0.0, 0.5]);
/// let (_, terms) = trace("q", 2, |q: &[Expr]| mass_matrix(&SEVEN_JOINTS[..2], q));
/// assert_eq!((numbers.len(), terms.len()), (4, 4));
/// ```
pub fn mass_matrix<R: Real>(links: &[Link], angles: &[R]) -> Vec<R> {
    let n = links.len();
    let zero = R::from_f64(0.0);
    let mut matrix = vec![zero; n * n];
    let rotations: Vec<Matrix<R>> = links.iter().zip(angles).map(|(link, &q)| rotation(link, q)).collect();
    let mut composite: Vec<Body<R>> = links.iter().map(Body::of).collect();
    for i in (1..n).rev() {
        let moved = composite[i].moved(rotations[i], vector(links[i].offset));
        composite[i - 1] = composite[i - 1].with(moved);
    }
    let axis = vector([0.0, 0.0, 1.0]);
    for i in 0..n {
        // Force and moment that give the composite body a unit acceleration about joint i.
        let mut moment = apply(composite[i].inertia, axis);
        let mut force = cross(axis, composite[i].first);
        matrix[i * n + i] = dot(axis, moment);
        for j in (0..i).rev() {
            let (rotation, offset) = (rotations[j + 1], vector(links[j + 1].offset));
            force = apply(rotation, force);
            moment = add(apply(rotation, moment), cross(offset, force));
            let entry = dot(axis, moment);
            matrix[i * n + j] = entry;
            matrix[j * n + i] = entry;
        }
    }
    matrix
}
